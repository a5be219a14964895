import { Badge, Button, Group, Paper, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconBarrierBlock, IconEye, IconEyeOff } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../api/client";
import { useFormat } from "../i18n/format";
import classes from "./Cameras.module.css";
import { FormDialog } from "../shared/dialogs";
import { useCameraChange } from "./queries";
import type { Zone } from "./types";

const ICONS = { works: IconBarrierBlock, excluded: IconEyeOff, watched: IconEye } as const;

interface Props {
  zones: Zone[];
  chosen: string | undefined;
  onChoose: (id: string | undefined) => void;
  mayManage: boolean;
}

export function ZoneList({ zones, chosen, onChoose, mayManage }: Props) {
  const { t } = useTranslation();
  if (zones.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("zones.none")}
      </Text>
    );
  }
  return (
    <Stack gap="xs" component="ul" m={0} p={0}>
      {zones.toReversed().map((zone) => (
        <ZoneItem
          key={zone.id}
          zone={zone}
          chosen={zone.id === chosen}
          onChoose={() => onChoose(zone.id === chosen ? undefined : zone.id)}
          mayManage={mayManage}
        />
      ))}
    </Stack>
  );
}

function ZoneItem(props: {
  zone: Zone;
  chosen: boolean;
  onChoose: () => void;
  mayManage: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { zone, chosen, onChoose, mayManage } = props;
  const [asked, setAsked] = useState(false);
  const over = zone.until !== null && new Date(zone.until) <= new Date();
  const Icon = ICONS[zone.kind];
  return (
    <Paper withBorder p="sm" component="li" className={classes.zone} opacity={over ? 0.65 : 1}>
      <UnstyledButton onClick={onChoose} aria-pressed={chosen} w="100%">
        <Group gap="xs">
          <Icon size={17} aria-hidden />
          <Text size="sm" fw={600}>
            {t(`zone_kind.${zone.kind}`)}
          </Text>
          {over && (
            <Badge color="gray" variant="light" tt="none">
              {t("zones.over")}
            </Badge>
          )}
        </Group>
        <Text size="sm">{zone.reason}</Text>
        <Text size="xs" c="dimmed">
          {zone.permit && `${zone.permit} · `}
          {zone.until
            ? t("zones.from_until", {
                from: format.day(zone.since),
                until: format.shortTime(zone.until),
              })
            : t("zones.from", { from: format.day(zone.since) })}
        </Text>
      </UnstyledButton>
      {mayManage && !over && (
        <Button
          size="compact-xs"
          variant="subtle"
          color="red"
          mt={6}
          onClick={() => setAsked(true)}
        >
          {t("zones.end")}
        </Button>
      )}
      {asked && <AskEnd zone={zone} onClose={() => setAsked(false)} />}
    </Paper>
  );
}

function AskEnd({ zone, onClose }: { zone: Zone; onClose: () => void }) {
  const { t } = useTranslation();
  const change = useCameraChange({
    run: () =>
      take(
        client.PATCH("/v1/sites/{camera_id}/zones/{zone_id}", {
          params: { path: { camera_id: zone.camera_id, zone_id: zone.id } },
          body: { until: new Date().toISOString() },
        }),
      ),
    done: t("zones.ended"),
    onDone: onClose,
  });
  return (
    <FormDialog
      title={t("zones.end")}
      text={t("zones.end_text")}
      does={t("zones.end")}
      color="red"
      change={change}
      onSubmit={() => change.mutate(undefined)}
      onClose={onClose}
    />
  );
}
