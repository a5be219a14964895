import { Button, Text, TextInput, Tooltip } from "@mantine/core";
import {
  IconCheck,
  IconClock,
  IconCopy,
  IconPencil,
  IconRotate,
  IconTag,
  IconX,
} from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Finding, ReviewRequest, Verdict } from "../api/types";
import { useClassName } from "../findings/useClassName";
import { usePermission } from "../session/useSession";
import { Choices } from "./Choices";
import { useShortcut, type Action } from "../shared/keyMap";
import classes from "./Review.module.css";
import { Shortcut } from "./Shortcut";
import { canDraw } from "./actions";
import type { ClassNames } from "./useClassNames";
import type { Screen } from "./useScreen";
import { REJECT_REASONS } from "./verdicts";

interface Props {
  finding: Finding;
  screen: Screen;
  allowed: ReadonlySet<Verdict>;
  classNames: ClassNames;
  give: (request: ReviewRequest) => void;
  confirm: () => void;
}

export function ReviewBar(props: Props) {
  const { t } = useTranslation();
  const { choosing } = props.screen;
  return (
    <div className={classes.bar} role="group" aria-label={t("review.actions")}>
      {choosing === "reason" ? (
        <RejectReasons key={props.finding.id} screen={props.screen} give={props.give} />
      ) : choosing === "class" ? (
        <ClassChoices {...props} />
      ) : (
        <Verdicts {...props} />
      )}
    </div>
  );
}

function Verdicts({ finding, screen, allowed, classNames, give, confirm }: Props) {
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
      <ActionButton
        action="confirm"
        color="teal.9"
        icon={<IconCheck size={20} />}
        disabled={!allowed.has("confirm")}
        onClick={confirm}
      >
        {t("review.confirm")}
      </ActionButton>
      <ActionButton
        action="reject"
        color="red.8"
        icon={<IconX size={20} />}
        disabled={!allowed.has("reject")}
        onClick={() => screen.choose("reason")}
      >
        {t("review.reject")}
      </ActionButton>
      <Tooltip label={t("review.no_nearby")} disabled={selected !== undefined}>
        <ActionButton
          action="duplicate"
          icon={<IconCopy size={18} />}
          disabled={!allowed.has("duplicate") || !selected}
          onClick={() => selected && give({ verdict: "duplicate", duplicate_of: selected.id })}
        >
          {t("review.duplicate")}
        </ActionButton>
      </Tooltip>
      <ActionButton
        action="defer"
        icon={<IconClock size={18} />}
        disabled={!allowed.has("defer")}
        onClick={() => give({ verdict: "defer" })}
      >
        {t("review.defer")}
      </ActionButton>
      <ActionButton
        action="class"
        icon={<IconTag size={18} />}
        disabled={!allowed.has("confirm") || classNames.possible.length < 2}
        onClick={() => screen.choose("class")}
      >
        {t("review.class")}
      </ActionButton>
      <ActionButton
        action="edit"
        icon={<IconPencil size={18} />}
        disabled={!allowed.has("confirm") || !canDraw(screen, classNames)}
        onClick={() => screen.edit(true)}
      >
        {t("review.edit")}
      </ActionButton>
    </>
  );
}

interface ActionButtonProps {
  action: Action;
  color?: string;
  icon: ReactNode;
  disabled: boolean;
  onClick: () => void;
  children: string;
  ref?: React.Ref<HTMLButtonElement>;
}

function ActionButton({ action, icon, children, ...rest }: ActionButtonProps) {
  const key = useShortcut()(action);
  return (
    <Button
      size="md"
      variant={rest.color ? "filled" : "default"}
      className={rest.color ? classes.verdict : classes.action}
      leftSection={icon}
      rightSection={<Shortcut of={key} />}
      aria-keyshortcuts={key}
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
    <Choices
      title={t("review.reason_title")}
      names={REJECT_REASONS}
      label={(reason) => t(`reason.${reason}`)}
      color="red"
      onChoose={(reason) => give({ verdict: "reject", reason, comment })}
      onCancel={() => screen.choose(undefined)}
    >
      <TextInput
        className={classes.note}
        aria-label={t("review.note")}
        placeholder={t("review.note")}
        value={note}
        maxLength={500}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
    </Choices>
  );
}

function ClassChoices({ finding, screen, classNames }: Props) {
  const { t } = useTranslation();
  const className = useClassName();
  return (
    <Choices
      title={t("review.class_title")}
      names={classNames.possible}
      label={className}
      current={screen.rightClass ?? finding.class}
      color="blue"
      onChoose={screen.correctClass}
      onCancel={() => screen.choose(undefined)}
    />
  );
}
