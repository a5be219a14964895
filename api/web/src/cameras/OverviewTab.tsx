import { Paper, Stack, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import { CameraPicture } from "./CameraPicture";
import classes from "./Cameras.module.css";
import { GatewayCard } from "./GatewayCard";
import { GoldenCheck } from "./GoldenCheck";
import { HealthHistory } from "./HealthHistory";
import type { Camera, InspectionName } from "./types";

const PLACE_DIGITS = 6;

export function OverviewTab({ camera }: { camera: Camera }) {
  const { t } = useTranslation();
  return (
    <div className={classes.columns}>
      <Stack gap="lg">
        <CameraPicture camera={camera} />
        <section aria-labelledby="health-history">
          <Title order={2} size="h5" mb="xs" id="health-history">
            {t("cameras.health_history")}
          </Title>
          <HealthHistory cameraId={camera.id} />
        </section>
      </Stack>
      <Stack>
        <Paper withBorder p="md">
          <Facts camera={camera} />
        </Paper>
        <GatewayCard camera={camera} />
        {canBeCompared(camera) && <GoldenCheck camera={camera} />}
      </Stack>
    </div>
  );
}

/** What moves shows no place twice, and of who films buildings only coarse squares are kept. */
const canBeCompared = ({ kind, inspections }: Camera) =>
  kind !== "bus" && inspections.some((name) => name !== "falling_object");

function Facts({ camera }: { camera: Camera }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { latitude, longitude } = camera;
  const facts = {
    gateway: camera.gateway_name,
    last_heard: camera.last_heard_at ? format.time(camera.last_heard_at) : t("cameras.never"),
    inspections: camera.inspections
      .map((name) => t(`inspection.${name as InspectionName}`))
      .join(t("cameras.comma")),
    place:
      typeof latitude === "number" && typeof longitude === "number"
        ? t("cameras.place_value", {
            latitude: latitude.toFixed(PLACE_DIGITS),
            longitude: longitude.toFixed(PLACE_DIGITS),
          })
        : t(camera.kind === "bus" ? "cameras.place_moves" : "cameras.place_unknown"),
    created: format.day(camera.created_at),
  };
  return (
    <dl className={classes.facts}>
      {(Object.keys(facts) as (keyof typeof facts)[]).map((key) => [
        <dt key={`${key}-name`}>{t(`cameras.${key}`)}</dt>,
        <dd key={key}>{facts[key]}</dd>,
      ])}
    </dl>
  );
}
