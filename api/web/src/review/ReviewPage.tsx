import { useClassName } from "../findings/useClassName";
import { Anchor, Button, SegmentedControl, Text, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCircleCheck, IconKeyboard } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { summaryQuery } from "../api/queries";
import type { Finding, ReviewRequest, Verdict } from "../api/types";
import { Empty, Failed, Loading } from "../shared/States";
import { useKeys } from "../shared/useKeys";
import { useTitle } from "../shared/useTitle";
import { FindingScreen } from "./FindingScreen";
import { useKeyMap } from "../shared/keyMap";
import { KeysDialog } from "./KeysDialog";
import classes from "./Review.module.css";
import { useQueue, type QueueState } from "./useQueue";
import { useReview } from "./useReview";

interface Given {
  finding: Finding;
  verdict: Verdict;
}

export function ReviewPage() {
  const { t } = useTranslation();
  const className = useClassName();
  const [state, setState] = useState<QueueState>("pending_review");
  const [help, { open: openHelp, close: closeHelp }] = useDisclosure();
  const [last, setLast] = useState<Given>();
  const queue = useQueue(state);
  const review = useReview();
  const { keys, enabled } = useKeyMap();
  useKeys({ [keys.help]: openHelp }, enabled && !help);
  useTitle(t("review.title"));

  function give(finding: Finding, request: ReviewRequest) {
    review(finding, request);
    setLast({ finding, verdict: request.verdict });
  }

  const { current } = queue;
  const said = last && t(`verdict.${last.verdict}`);
  return (
    <div className={classes.page}>
      <div className={classes.top}>
        <SegmentedControl
          size="xs"
          aria-label={t("review.queue")}
          value={state}
          onChange={(value) => setState(value as QueueState)}
          data={(["pending_review", "deferred"] as const).map((value) => ({
            value,
            label: t(`finding_state.${value}`),
          }))}
        />
        <Remaining state={state} />
        {last && (
          <Text size="sm" c="dimmed" flex={1}>
            {t("review.last", { name: className(last.finding.class), verdict: said })}{" "}
            <Anchor component={Link} to={`/findings/${last.finding.id}`} size="sm">
              {t("review.last_look")}
            </Anchor>
          </Text>
        )}
        <Button
          ml="auto"
          size="compact-sm"
          variant="subtle"
          color="gray"
          leftSection={<IconKeyboard size={18} stroke={1.7} />}
          onClick={openHelp}
        >
          {t("review.help")}
        </Button>
        <VisuallyHidden aria-live="polite">
          {said &&
            (current
              ? t("review.announce", { verdict: said, next: className(current.class) })
              : t("review.announce_empty", { verdict: said }))}
        </VisuallyHidden>
      </div>
      {current ? (
        <FindingScreen
          finding={current}
          onVerdict={(request) => give(current, request)}
          listening={!help}
        />
      ) : queue.error ? (
        <Failed error={queue.error} retry={() => void queue.refetch()} />
      ) : queue.isPending ? (
        <Loading />
      ) : (
        <Empty
          icon={<IconCircleCheck size={48} stroke={1.4} color="var(--mantine-color-teal-6)" />}
          title={t("review.empty_title")}
          text={t(`review.empty_${state}`)}
          action={
            <Button component={Link} to="/map" variant="light">
              {t("review.empty_map")}
            </Button>
          }
        />
      )}
      <KeysDialog opened={help} onClose={closeHelp} />
    </div>
  );
}

function Remaining({ state }: { state: QueueState }) {
  const { t } = useTranslation();
  const { data } = useQuery(summaryQuery);
  if (!data) return null;
  return (
    <Text size="sm" fw={500}>
      {t("review.remaining", { count: data.findings[state] ?? 0 })}
    </Text>
  );
}
