import { Button, Group, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { DateInput } from "@mantine/dates";
import "@mantine/dates/styles.css";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../api/client";
import { Problem } from "../shared/dialogs";
import { CornerList } from "./drawing/CornerList";
import type { Corner } from "./drawing/corners";
import { useCameraChange } from "./queries";
import type { Camera, ZoneKind } from "./types";

export const ZONE_KINDS = ["works", "excluded", "watched"] as const satisfies ZoneKind[];

interface Props {
  camera: Camera;
  corners: Corner[] | null;
  onCorners: (corners: Corner[] | null) => void;
  onDone: () => void;
}

/** The end of a day in the browser's time zone; `day` is its date, as the calendar gives it. */
export function endOf(day: string): string {
  const end = new Date(`${day}T00:00:00`);
  end.setDate(end.getDate() + 1);
  return end.toISOString();
}

export function NewZone({ camera, corners, onCorners, onDone }: Props) {
  const { t, i18n } = useTranslation();
  const [kind, setKind] = useState<ZoneKind>("works");
  const [permit, setPermit] = useState("");
  const [until, setUntil] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const works = kind === "works";
  const change = useCameraChange({
    run: () =>
      take(
        client.POST("/v1/sites/{camera_id}/zones", {
          params: { path: { camera_id: camera.id } },
          body: {
            kind,
            polygon: corners!.map(([x, y]) => [clamp(x), clamp(y)]),
            permit: permit || null,
            until: until && endOf(until),
            reason,
          },
        }),
      ),
    done: t("zones.made"),
    onDone,
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    change.mutate(undefined);
  }

  return (
    <form onSubmit={submit} aria-label={t("zones.new")}>
      <Stack gap="sm">
        <Select
          label={t("zones.kind")}
          description={t(`zone_text.${kind}`)}
          allowDeselect={false}
          value={kind}
          onChange={(value) => setKind(value as ZoneKind)}
          data={ZONE_KINDS.map((value) => ({ value, label: t(`zone_kind.${value}`) }))}
        />
        <div>
          <Text size="sm" fw={500} mb={4}>
            {t("zones.corners")}
          </Text>
          <CornerList
            label={t("zones.corners")}
            corners={corners}
            onChange={onCorners}
            size={camera.picture!}
          />
        </div>
        <TextInput
          label={t("zones.permit")}
          required={works}
          maxLength={100}
          value={permit}
          onChange={(event) => setPermit(event.currentTarget.value)}
        />
        <DateInput
          label={t("zones.until")}
          description={works ? undefined : t("zones.until_hint")}
          locale={i18n.language === "zh-CN" ? "zh-cn" : "en"}
          valueFormat="YYYY-MM-DD"
          minDate={new Date()}
          required={works}
          clearable
          value={until}
          onChange={setUntil}
        />
        <Textarea
          label={t("zones.reason")}
          required
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Problem error={change.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {t("dialog.cancel")}
          </Button>
          <Button type="submit" loading={change.isPending} disabled={!corners || (works && !until)}>
            {t("cameras.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** A corner drawn at the very edge may lie a hair outside. */
const clamp = (share: number) => Math.min(Math.max(share, 0), 1);
