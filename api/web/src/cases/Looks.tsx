import { Group, Text } from "@mantine/core";
import { IconCheck, IconQuestionMark, IconViewfinderOff, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Look } from "../api/types";
import { useFormat } from "../i18n/format";
import panel from "./CasePanel.module.css";

const MARKS = {
  clean: { color: "teal", Icon: IconCheck },
  hit: { color: "red", Icon: IconX },
  doubtful: { color: "orange", Icon: IconQuestionMark },
  outside: { color: "dimmed", Icon: IconViewfinderOff },
} as const;

/** What each pass since the claim saw of the place. */
export function Looks({ looks }: { looks: Look[] }) {
  const { t } = useTranslation();
  if (looks.length === 0) return null;
  return (
    <ol className={panel.looks} aria-label={t("verification.looks")}>
      {looks.map((look) => (
        <li key={look.id} className={panel.look}>
          {look.picture ? (
            <a href={look.picture.annotated_url} target="_blank" rel="noreferrer">
              <img
                src={look.picture.annotated_url}
                alt={t("verification.look_picture", { camera: look.camera_name })}
                loading="lazy"
              />
            </a>
          ) : (
            <span />
          )}
          <LookText look={look} />
        </li>
      ))}
    </ol>
  );
}

export function LookText({ look }: { look: Look }) {
  const { t } = useTranslation();
  const { shortTime } = useFormat();
  const { color, Icon } = MARKS[look.outcome];
  return (
    <div>
      <Group gap={5} wrap="nowrap">
        <Text c={color} lh={1}>
          <Icon size={15} aria-hidden />
        </Text>
        <Text size="sm" fw={500}>
          {t(`look_outcome.${look.outcome}`)}
        </Text>
        {look.outcome === "clean" && !look.counted && (
          <Text size="xs" c="dimmed">
            {t("verification.not_counted")}
          </Text>
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {look.camera_name} · {shortTime(look.last_at)} ·{" "}
        {t("verification.look_frames", { frames: look.frames, sightings: look.sightings })}
      </Text>
    </div>
  );
}
