import { Anchor, Text, Timeline, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowLeft } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { findingQuery } from "../api/queries";
import type { Review } from "../api/types";
import { useFormat } from "../i18n/format";
import { Failed, Loading } from "../shared/States";
import { useKeys } from "../shared/useKeys";
import { useTitle } from "../shared/useTitle";
import { FindingScreen } from "./FindingScreen";
import { useKeyMap } from "../shared/keyMap";
import { KeysDialog } from "./KeysDialog";
import classes from "./Review.module.css";
import { useGive } from "./useWords";
import { reviewOf } from "./words";

export function FindingPage() {
  const { t } = useTranslation();
  const { findingId = "" } = useParams();
  const { data: finding, error, refetch } = useQuery(findingQuery(findingId));
  const [help, { open: openHelp, close: closeHelp }] = useDisclosure();
  const { mutate: give } = useGive();
  const { keys, enabled } = useKeyMap();
  useKeys({ [keys.help]: openHelp }, enabled && !help);
  useTitle(t("finding.title"));

  if (!finding) return error ? <Failed error={error} retry={() => void refetch()} /> : <Loading />;
  return (
    <div className={classes.page}>
      <div className={classes.top}>
        <Anchor component={Link} to="/review" size="sm">
          <IconArrowLeft size={14} aria-hidden /> {t("finding.back_to_queue")}
        </Anchor>
      </div>
      <FindingScreen
        finding={finding}
        onVerdict={(request) => give(reviewOf(finding, request))}
        listening={!help}
      >
        <History reviews={finding.reviews} />
      </FindingScreen>
      <KeysDialog opened={help} onClose={closeHelp} />
    </div>
  );
}

function History({ reviews }: { reviews: Review[] }) {
  const { t } = useTranslation();
  const { time } = useFormat();
  return (
    <section>
      <Title order={2} size="h6" mb={6}>
        {t("finding.history")}
      </Title>
      {reviews.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("finding.history_none")}
        </Text>
      )}
      <Timeline bulletSize={12} lineWidth={2} active={reviews.length}>
        {reviews.map((review) => (
          <Timeline.Item
            key={review.id}
            title={
              <Text size="sm" fw={500}>
                {t(`verdict.${review.verdict}`)}
                {review.reason && ` · ${t(`reason.${review.reason}`)}`}
              </Text>
            }
          >
            {review.comment && <Text size="sm">{review.comment}</Text>}
            <Text size="xs" c="dimmed">
              {time(review.created_at)}
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </section>
  );
}
