import {
  Alert,
  Button,
  Checkbox,
  Group,
  Modal,
  ScrollArea,
  SimpleGrid,
  Skeleton,
  Text,
} from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Finding } from "../api/types";
import { useClassName } from "../findings/useClassName";
import { SeverityBadge } from "../findings/SeverityBadge";
import { viewBoxOf, type Box } from "../findings/viewBox";
import { useFormat } from "../i18n/format";
import { Failed, useProblemText } from "../shared/States";
import classes from "./BatchDialog.module.css";
import { alikeQuery } from "./queries";
import { isElsewhere, useGive } from "./useWords";
import { confirmationOf } from "./words";

interface Props {
  /** Of whose camera and class all are. */
  finding: Finding;
  onClose: () => void;
}

/** Confirms several findings of one camera and one class, each of which is seen here. */
export function BatchDialog({ finding, onClose }: Props) {
  const { t } = useTranslation();
  const className = useClassName();
  return (
    <Modal
      opened
      onClose={onClose}
      size={980}
      title={t("batch.title", { name: className(finding.class), camera: finding.camera.name })}
      closeButtonProps={{ "aria-label": t("keys.close") }}
      centered
    >
      <Alike finding={finding} onClose={onClose} />
    </Modal>
  );
}

function Alike({ finding, onClose }: Props) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(alikeQuery(finding));
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const { mutate: give, isPending, error: refused } = useGive();
  const problemText = useProblemText();
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton h={320} />;
  const chosen = data.items.filter(({ id }) => !left.has(id));
  // Nothing is confirmed that nobody could see.
  const toCome = chosen.filter(({ id, picture }) => picture && !seen.has(id)).length;

  function toggle(id: string) {
    const others = new Set(left);
    if (!others.delete(id)) others.add(id);
    setLeft(others);
  }

  function confirm() {
    give(confirmationOf(chosen), {
      onSuccess: onClose,
      onError: (problem) => {
        if (isElsewhere(problem) && problem.findingId) toggle(problem.findingId);
        void refetch();
      },
    });
  }

  return (
    <>
      <Alert p="xs" mb="sm" color="blue" icon={<IconInfoCircle size={18} />}>
        {t("batch.hint")}
        {data.next_cursor && ` ${t("batch.more", { count: data.items.length })}`}
      </Alert>
      <ScrollArea.Autosize mah="58vh">
        <SimpleGrid
          cols={{ base: 2, sm: 4 }}
          spacing="xs"
          role="group"
          aria-label={t("batch.list")}
        >
          {data.items.map((one) => (
            <Card
              key={one.id}
              finding={one}
              checked={!left.has(one.id)}
              onToggle={() => toggle(one.id)}
              onSeen={() => setSeen((old) => new Set(old).add(one.id))}
            />
          ))}
        </SimpleGrid>
      </ScrollArea.Autosize>
      {refused && (
        <Alert p="xs" mt="sm" color="orange" icon={<IconAlertTriangle size={18} />}>
          {isElsewhere(refused) ? t("batch.held") : problemText(refused)}
        </Alert>
      )}
      <Group justify="flex-end" mt="md">
        {toCome > 0 && (
          <Text size="sm" c="dimmed" mr="auto" role="status">
            {t("batch.loading", { count: toCome })}
          </Text>
        )}
        <Button variant="default" onClick={onClose}>
          {t("review.cancel")}
        </Button>
        <Button
          color="teal.8"
          disabled={chosen.length === 0 || toCome > 0}
          loading={isPending}
          onClick={confirm}
          data-autofocus
        >
          {t("batch.confirm", { count: chosen.length })}
        </Button>
      </Group>
    </>
  );
}

interface CardProps {
  finding: Finding;
  checked: boolean;
  onToggle: () => void;
  onSeen: () => void;
}

function Card({ finding, checked, onToggle, onSeen }: CardProps) {
  const { percent, ago } = useFormat();
  return (
    <label className={classes.card} data-checked={checked || undefined}>
      <Thumbnail finding={finding} onSeen={onSeen} />
      <Group gap={6} wrap="nowrap" p={6}>
        <Checkbox size="xs" checked={checked} onChange={onToggle} />
        <SeverityBadge severity={finding.severity} />
        <Text size="xs" ml="auto">
          {finding.confidence != null && percent(finding.confidence)} · {ago(finding.last_seen_at)}
        </Text>
      </Group>
    </label>
  );
}

interface ThumbnailProps {
  finding: Finding;
  onSeen: () => void;
}

/** The part of a finding's picture that its boxes are in. */
function Thumbnail({ finding: { picture }, onSeen }: ThumbnailProps) {
  const { t } = useTranslation();
  if (!picture) return <div className={classes.picture}>{t("picture.none")}</div>;
  const boxes = picture.boxes.map(({ box }) => box as unknown as Box);
  const view = viewBoxOf(picture, boxes);
  return (
    <svg
      className={classes.picture}
      viewBox={`${view.x} ${view.y} ${view.width} ${view.height}`}
      preserveAspectRatio="xMidYMid slice"
      aria-hidden
    >
      <image
        href={picture.plain_url}
        width={picture.width}
        height={picture.height}
        onLoad={onSeen}
      />
      {boxes.map(([x1, y1, x2, y2], index) => (
        <rect key={index} className={classes.box} x={x1} y={y1} width={x2 - x1} height={y2 - y1} />
      ))}
    </svg>
  );
}
