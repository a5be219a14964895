import { Button, SegmentedControl, Text, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCircleCheck, IconKeyboard, IconStack2 } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Finding } from "../api/types";
import { useClassName } from "../findings/useClassName";
import { usePermission } from "../session/useSession";
import { useKeyMap } from "../shared/keyMap";
import { Empty, Failed, Loading } from "../shared/States";
import { useKeys } from "../shared/useKeys";
import { useTitle } from "../shared/useTitle";
import { BatchDialog } from "./BatchDialog";
import { FindingScreen } from "./FindingScreen";
import { KeysDialog } from "./KeysDialog";
import { LastWord } from "./LastWord";
import { QUEUE_STATES, type QueueState } from "./queries";
import classes from "./Review.module.css";
import { Shortcut } from "./Shortcut";
import { useQueue } from "./useQueue";
import { useUndo } from "./useUndo";
import { useGive } from "./useWords";
import { reviewOf, secondWordOn } from "./words";

export function ReviewPage() {
  const { t } = useTranslation();
  const className = useClassName();
  const [state, setState] = useState<QueueState>("pending_review");
  const [help, { open: openHelp, close: closeHelp }] = useDisclosure();
  const [batchOf, setBatchOf] = useState<Finding>();
  const queue = useQueue(state);
  const { mutate: give } = useGive();
  const { last, undo } = useUndo();
  const { keys, enabled } = useKeyMap();
  const listening = !help && !batchOf;
  const { current } = queue;
  const mayReview = usePermission("findings:review");
  const several =
    mayReview && current && !current.second_review ? () => setBatchOf(current) : undefined;
  useKeys(
    { [keys.help]: openHelp, [keys.undo]: undo, [keys.batch]: several },
    enabled && listening,
  );
  useTitle(t("review.title"));

  const said = last && t(`verdict.${last.word.verdict}`);
  return (
    <div className={classes.page}>
      <div className={classes.top}>
        <SegmentedControl
          size="xs"
          aria-label={t("review.queue")}
          value={state}
          onChange={(value) => setState(value as QueueState)}
          data={QUEUE_STATES.map((value) => ({ value, label: t(`finding_state.${value}`) }))}
        />
        {queue.remaining !== undefined && (
          <Text size="sm" fw={500}>
            {t("review.remaining", { count: queue.remaining })}
          </Text>
        )}
        {last && <LastWord given={last} onUndo={undo} />}
        <Button.Group ml="auto">
          {mayReview && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              leftSection={<IconStack2 size={18} stroke={1.7} aria-hidden />}
              rightSection={enabled && <Shortcut of={keys.batch} />}
              disabled={!several}
              onClick={several}
            >
              {t("review.batch")}
            </Button>
          )}
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            leftSection={<IconKeyboard size={18} stroke={1.7} aria-hidden />}
            rightSection={enabled && <Shortcut of={keys.help} />}
            onClick={openHelp}
          >
            {t("review.help")}
          </Button>
        </Button.Group>
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
          blind={current.second_review !== null}
          onVerdict={(request) =>
            give(
              current.second_review ? secondWordOn(current, request) : reviewOf(current, request),
            )
          }
          listening={listening}
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
      {batchOf && <BatchDialog finding={batchOf} onClose={() => setBatchOf(undefined)} />}
    </div>
  );
}
