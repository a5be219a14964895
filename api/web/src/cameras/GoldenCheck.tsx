import { Button, Group, Image, Paper, Stack, Text, Title } from "@mantine/core";
import { IconPhotoStar } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../api/client";
import { useFormat } from "../i18n/format";
import { usePermission } from "../session/useSession";
import { FormDialog } from "../shared/dialogs";
import { HealthBadge } from "./HealthBadge";
import { useCameraChange } from "./queries";
import type { Camera } from "./types";

/** Whether a fixed camera still shows what a person said it ought to show. */
export function GoldenCheck({ camera }: { camera: Camera }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<"mark" | "remove">();
  const mayMark = usePermission("cameras:check");
  const { golden } = camera;
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="golden-check">
      <Stack gap="sm">
        <Title order={2} size="h5" id="golden-check">
          {t("cameras.golden")}
        </Title>
        {golden ? (
          <Compared golden={golden} cameraId={camera.id} />
        ) : (
          <Text size="sm" c="dimmed">
            {t("cameras.golden_none")}
          </Text>
        )}
        {mayMark && (
          <Group gap="xs">
            <Button
              size="xs"
              variant="light"
              leftSection={<IconPhotoStar size={16} aria-hidden />}
              disabled={!camera.picture}
              onClick={() => setAsked("mark")}
            >
              {t("cameras.golden_mark")}
            </Button>
            {golden && (
              <Button size="xs" variant="subtle" color="red" onClick={() => setAsked("remove")}>
                {t("cameras.golden_remove")}
              </Button>
            )}
          </Group>
        )}
      </Stack>
      {asked && <Ask what={asked} camera={camera} onClose={() => setAsked(undefined)} />}
    </Paper>
  );
}

function Compared(props: { golden: NonNullable<Camera["golden"]>; cameraId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { golden, cameraId } = props;
  const at = encodeURIComponent(golden.marked_at);
  return (
    <>
      <Image
        src={`/v1/cameras/${cameraId}/golden/picture?at=${at}`}
        alt={t("cameras.golden_alt", { time: format.time(golden.captured_at) })}
        radius="sm"
        loading="lazy"
      />
      <Text size="xs" c="dimmed">
        {t("cameras.golden_marked", { time: format.time(golden.marked_at) })}
      </Text>
      <Group gap="xs">
        {golden.compared_at && !golden.other_light && (
          <HealthBadge state={golden.trouble ?? "well"} />
        )}
        <Text size="sm">
          {!golden.compared_at
            ? t("cameras.golden_waiting")
            : t(golden.other_light ? "cameras.golden_other_light" : "cameras.golden_compared", {
                time: format.shortTime(golden.compared_at),
              })}
        </Text>
      </Group>
    </>
  );
}

function Ask(props: { what: "mark" | "remove"; camera: Camera; onClose: () => void }) {
  const { t } = useTranslation();
  const { what, camera, onClose } = props;
  const params = { path: { camera_id: camera.id } };
  const change = useCameraChange({
    run: async () => {
      if (what === "mark") await take(client.PUT("/v1/cameras/{camera_id}/golden", { params }));
      else await take(client.DELETE("/v1/cameras/{camera_id}/golden", { params }));
    },
    done: t(`cameras.golden_${what}_done`),
    onDone: onClose,
  });
  return (
    <FormDialog
      title={t(`cameras.golden_${what}`)}
      text={t(`cameras.golden_${what}_text`)}
      does={t(`cameras.golden_${what}`)}
      color={what === "remove" ? "red" : undefined}
      change={change}
      onSubmit={() => change.mutate(undefined)}
      onClose={onClose}
    />
  );
}
