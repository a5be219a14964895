import { Button, Group, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { IconArrowBackUp, IconTrash } from "@tabler/icons-react";
import type { Map as MapLibre } from "maplibre-gl";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import classes from "../Map.module.css";
import { extentOf } from "../points";
import { useLatest } from "../useLatest";
import { cornersOf, LEAST_CORNERS, textOf, type Area } from "./areas";
import { startDrawing, type Drawing } from "./drawing";
import { SaveDialog } from "./SaveDialog";
import type { DraftState } from "./useDraft";

const CODE = /^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$/; // as the service has it
const FIT = { padding: 80, maxZoom: 17, duration: 0 };

interface Props {
  map: MapLibre | undefined;
  draft: DraftState;
  areas: Area[];
}

/** Draws one area of the county; it is checked by the service before it is in force. */
export function AreaEditor({ map, draft, areas }: Props) {
  const { t } = useTranslation();
  const { of, code, name, ring, closed } = draft.current!;
  const isWhole = closed && ring.length === 0; // an area that cannot be drawn here
  const [saving, setSaving] = useState<"save" | "delete" | null>(null);

  const drawing = useRef<Drawing>(undefined);
  const latest = useLatest(draft);
  useEffect(() => {
    if (!map) return;
    const started = startDrawing(map, (drawn, done) => latest.current.draw(drawn, done));
    drawing.current = started;
    const area = areas.find(({ properties }) => properties.code === of);
    const extent = area && extentOf([area]);
    if (extent) map.fitBounds(extent, FIT);
    return started.end;
  }, [map, of, latest]); // only a new map or another area starts anew
  useEffect(() => drawing.current?.show({ ring, closed }), [map, ring, closed]);

  const isTaken = code !== of && areas.some(({ properties }) => properties.code === code);
  const codeError = isTaken
    ? t("map_area.code_taken")
    : code && !CODE.test(code)
      ? t("map_area.code_wrong")
      : null;
  const isReady = closed && code !== "" && !codeError && name.trim() !== "";
  return (
    <aside className={classes.side} aria-label={t("map_area.editor")}>
      <Title order={1} size="h4">
        {of ? t("map_area.change") : t("map_area.draw")}
      </Title>
      <Text size="sm" c="dimmed" aria-live="polite">
        {isWhole
          ? t("map_area.several")
          : closed
            ? t("map_area.hint_corners")
            : t("map_area.hint_click")}
      </Text>
      {!isWhole && (
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            leftSection={<IconArrowBackUp size={14} aria-hidden />}
            disabled={!draft.undo}
            onClick={() => draft.undo?.()}
          >
            {t("map_area.undo")}
          </Button>
          {!closed && (
            <Button
              size="xs"
              variant="light"
              disabled={ring.length < LEAST_CORNERS}
              onClick={() => draft.draw(ring, true)}
            >
              {t("map_area.close_ring")}
            </Button>
          )}
        </Group>
      )}
      <TextInput
        label={t("map_area.code")}
        description={t("map_area.code_hint")}
        required
        value={code}
        error={codeError}
        onChange={(event) => draft.name({ code: event.currentTarget.value.trim() })}
      />
      <TextInput
        label={t("map_area.name")}
        required
        maxLength={120}
        value={name}
        onChange={(event) => draft.name({ name: event.currentTarget.value })}
      />
      {!isWhole && <Corners key={textOf(ring)} draft={draft} />}
      <Stack gap="xs">
        <Button disabled={!isReady} onClick={() => setSaving("save")}>
          {t("map_area.check")}
        </Button>
        <Button variant="default" onClick={draft.end}>
          {t("map_area.cancel")}
        </Button>
        {of && (
          <Button
            variant="subtle"
            color="red"
            leftSection={<IconTrash size={14} aria-hidden />}
            onClick={() => setSaving("delete")}
          >
            {t("map_area.delete")}
          </Button>
        )}
      </Stack>
      {saving && (
        <SaveDialog
          draft={draft.current!}
          isDeleting={saving === "delete"}
          onClose={() => setSaving(null)}
          onDone={draft.end}
        />
      )}
    </aside>
  );
}

/** The corners as text: for the keyboard, and for what was measured. */
function Corners({ draft }: { draft: DraftState }) {
  const { t } = useTranslation();
  const { ring, closed } = draft.current!;
  const [text, setText] = useState(() => textOf(ring));
  const corners = cornersOf(text);
  function leave() {
    if (!corners || text === textOf(ring)) return;
    draft.draw(corners, closed || corners.length >= LEAST_CORNERS);
  }
  return (
    <Textarea
      label={t("map_area.corners")}
      description={t("map_area.corners_hint")}
      autosize
      minRows={3}
      maxRows={8}
      value={text}
      error={corners ? null : t("map_area.corners_wrong")}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={leave}
    />
  );
}
