import { Button, Group, Kbd, Text, TextInput, Tooltip } from "@mantine/core";
import { IconCheck, IconClock, IconCopy, IconRotate, IconX } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Finding, ReviewRequest, Verdict } from "../api/types";
import { usePermission } from "../session/useSession";
import classes from "./Review.module.css";
import type { Screen } from "./useScreen";
import { REJECT_REASONS } from "./verdicts";

interface Props {
  finding: Finding;
  screen: Screen;
  allowed: ReadonlySet<Verdict>;
  give: (request: ReviewRequest) => void;
}

export function ReviewBar(props: Props) {
  const { t } = useTranslation();
  return (
    <div className={classes.bar} role="group" aria-label={t("review.actions")}>
      {props.screen.rejecting ? (
        <RejectReasons key={props.finding.id} screen={props.screen} give={props.give} />
      ) : (
        <Verdicts {...props} />
      )}
    </div>
  );
}

function Shortcut({ children }: { children: string }) {
  return <Kbd className={classes.shortcut}>{children}</Kbd>;
}

function Verdicts({ finding, screen, allowed, give }: Props) {
  const { t } = useTranslation();
  const mayReview = usePermission("findings:review");
  const { selected } = screen;
  if (allowed.size === 0) {
    const state = t(`finding_state.${finding.state}`);
    return (
      <Text c="dimmed" py={8}>
        {mayReview ? t("review.not_allowed_state", { state }) : t("review.read_only")}
      </Text>
    );
  }
  if (allowed.has("reopen")) {
    return (
      <Button leftSection={<IconRotate size={18} />} onClick={() => give({ verdict: "reopen" })}>
        {t("review.reopen")}
      </Button>
    );
  }
  return (
    <>
      <VerdictButton
        shortcut="A"
        color="teal.8"
        icon={<IconCheck size={20} />}
        disabled={!allowed.has("confirm")}
        onClick={() => give({ verdict: "confirm" })}
      >
        {t("review.confirm")}
      </VerdictButton>
      <VerdictButton
        shortcut="R"
        color="red.8"
        icon={<IconX size={20} />}
        disabled={!allowed.has("reject")}
        onClick={() => screen.setRejecting(true)}
      >
        {t("review.reject")}
      </VerdictButton>
      <Tooltip label={t("review.no_nearby")} disabled={selected !== undefined}>
        <VerdictButton
          shortcut="D"
          variant="default"
          icon={<IconCopy size={18} />}
          disabled={!allowed.has("duplicate") || !selected}
          onClick={() => selected && give({ verdict: "duplicate", duplicate_of: selected.id })}
        >
          {t("review.duplicate")}
        </VerdictButton>
      </Tooltip>
      <VerdictButton
        shortcut="S"
        variant="default"
        icon={<IconClock size={18} />}
        disabled={!allowed.has("defer")}
        onClick={() => give({ verdict: "defer" })}
      >
        {t("review.defer")}
      </VerdictButton>
    </>
  );
}

interface VerdictButtonProps {
  shortcut: string;
  color?: string;
  variant?: string;
  icon: ReactNode;
  disabled: boolean;
  onClick: () => void;
  children: string;
  ref?: React.Ref<HTMLButtonElement>;
}

function VerdictButton({ shortcut, icon, children, ...rest }: VerdictButtonProps) {
  return (
    <Button
      size="md"
      className={classes.verdict}
      leftSection={icon}
      rightSection={<Shortcut>{shortcut}</Shortcut>}
      aria-keyshortcuts={shortcut}
      {...rest}
    >
      {children}
    </Button>
  );
}

function RejectReasons({
  screen,
  give,
}: {
  screen: Screen;
  give: (request: ReviewRequest) => void;
}) {
  const { t } = useTranslation();
  const [note, setNote] = useState("");
  const comment = note.trim() || null;
  return (
    <div className={classes.reasons}>
      <Text fw={600} w="100%">
        {t("review.reason_title")}
      </Text>
      <Group gap={6}>
        {REJECT_REASONS.map((reason, index) => (
          <Button
            key={reason}
            size="sm"
            px="sm"
            variant="light"
            color="red"
            leftSection={<Shortcut>{String(index + 1)}</Shortcut>}
            aria-keyshortcuts={String(index + 1)}
            onClick={() => give({ verdict: "reject", reason, comment })}
          >
            {t(`reason.${reason}`)}
          </Button>
        ))}
      </Group>
      <TextInput
        className={classes.note}
        aria-label={t("review.note")}
        placeholder={t("review.note")}
        value={note}
        maxLength={500}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <Button
        variant="subtle"
        color="gray"
        rightSection={<Shortcut>Esc</Shortcut>}
        onClick={() => screen.setRejecting(false)}
      >
        {t("review.cancel")}
      </Button>
    </div>
  );
}
