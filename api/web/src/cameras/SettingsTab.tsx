import {
  Alert,
  Button,
  Fieldset,
  Group,
  NumberInput,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../api/client";
import { usePermission } from "../session/useSession";
import classes from "./Cameras.module.css";
import { FormDialog, Problem } from "../shared/dialogs";
import { useCameraChange } from "./queries";
import { INSPECTIONS, type Calibration, type Camera, type CameraUpdate } from "./types";

const MOUNTING = [
  { name: "height_m", max: 100, step: 0.1 },
  { name: "height_sd_m", max: 10, step: 0.1 },
  { name: "pitch_deg", min: -90, max: 90, step: 0.5 },
  { name: "pitch_sd_deg", max: 20, step: 0.5 },
  { name: "hfov_deg", min: 5, max: 170, step: 1 },
  { name: "hfov_sd_deg", max: 20, step: 0.5 },
] as const satisfies { name: keyof Calibration; min?: number; max: number; step: number }[];

const PLACE = [
  { name: "latitude", min: -90, max: 90 },
  { name: "longitude", min: -180, max: 180 },
  { name: "heading_deg", min: 0, max: 360 },
] as const;

/** What an empty or half-typed field says: nothing. */
const numberOf = (value: string | number) => (typeof value === "number" ? value : null);

/** Name, inspections, place and mounting; who may not change them sees them as they are. */
export function SettingsTab({ camera }: { camera: Camera }) {
  const { t } = useTranslation();
  const mayManage = usePermission("cameras:manage");
  const [name, setName] = useState(camera.name);
  const [inspections, setInspections] = useState<string[]>(camera.inspections);
  const [calibration, setCalibration] = useState<Calibration>(camera.calibration);
  const [place, setPlace] = useState({
    latitude: camera.latitude ?? null,
    longitude: camera.longitude ?? null,
    heading_deg: camera.heading_deg ?? null,
  });
  const [askDisable, setAskDisable] = useState(false);
  const change = useCameraChange({
    run: (body: CameraUpdate) =>
      take(
        client.PATCH("/v1/cameras/{camera_id}", {
          params: { path: { camera_id: camera.id } },
          body,
        }),
      ),
    done: t("cameras.saved"),
    onDone: () => setAskDisable(false),
  });
  const disabled = camera.disabled_at !== null;

  function save(event: FormEvent) {
    event.preventDefault();
    change.mutate({
      name,
      inspections,
      calibration,
      ...(camera.kind === "bus" ? {} : place),
    });
  }

  return (
    <form onSubmit={save} className={classes.form}>
      <Stack>
        {!mayManage && (
          <Alert color="gray" p="xs" icon={<IconLock size={18} />}>
            {t("cameras.settings_read_only")}
          </Alert>
        )}
        <Fieldset variant="unstyled" disabled={!mayManage} aria-label={t("camera_tab.settings")}>
          <Stack>
            <TextInput
              label={t("cameras.name_label")}
              required
              maxLength={120}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Fieldset legend={t("cameras.inspections")}>
              <Stack gap="xs">
                {INSPECTIONS.map((one) => (
                  <Switch
                    key={one}
                    label={t(`inspection.${one}`)}
                    checked={inspections.includes(one)}
                    onChange={({ currentTarget: { checked } }) =>
                      setInspections((known) =>
                        checked ? [...known, one] : known.filter((other) => other !== one),
                      )
                    }
                  />
                ))}
              </Stack>
            </Fieldset>
            {camera.kind !== "bus" && (
              <Fieldset legend={t("cameras.place")}>
                <SimpleGrid cols={3}>
                  {PLACE.map(({ name: field, min, max }) => (
                    <NumberInput
                      key={field}
                      label={t(`cameras.${field}`)}
                      min={min}
                      max={max}
                      decimalScale={6}
                      value={place[field] ?? ""}
                      onChange={(value) => setPlace({ ...place, [field]: numberOf(value) })}
                    />
                  ))}
                </SimpleGrid>
              </Fieldset>
            )}
            <Fieldset legend={t("cameras.mounting")}>
              <Text size="sm" c="dimmed" mb="sm">
                {t("cameras.mounting_hint")}
              </Text>
              <SimpleGrid cols={2}>
                {MOUNTING.map(({ name: field, ...limits }) => (
                  <NumberInput
                    key={field}
                    label={t(`camera_mounting.${field}`)}
                    placeholder={t("cameras.default")}
                    min={0}
                    {...limits}
                    decimalScale={2}
                    value={calibration[field] ?? ""}
                    onChange={(value) => {
                      const { [field]: _, ...others } = calibration;
                      const number = numberOf(value);
                      setCalibration(number === null ? others : { ...others, [field]: number });
                    }}
                  />
                ))}
              </SimpleGrid>
            </Fieldset>
          </Stack>
        </Fieldset>
        {mayManage && (
          <>
            {!askDisable && <Problem error={change.error} />}
            <Group justify="space-between">
              <Button
                variant="subtle"
                color={disabled ? undefined : "red"}
                onClick={() => setAskDisable(true)}
              >
                {t(disabled ? "cameras.enable" : "cameras.disable")}
              </Button>
              <Button
                type="submit"
                loading={change.isPending && !askDisable}
                disabled={inspections.length === 0}
              >
                {t("cameras.save")}
              </Button>
            </Group>
          </>
        )}
      </Stack>
      {askDisable && (
        <FormDialog
          title={t(disabled ? "cameras.enable" : "cameras.disable")}
          text={t(disabled ? "cameras.enable_text" : "cameras.disable_text")}
          does={t(disabled ? "cameras.enable" : "cameras.disable")}
          color={disabled ? undefined : "red"}
          change={change}
          onSubmit={() => change.mutate({ disabled: !disabled })}
          onClose={() => setAskDisable(false)}
        />
      )}
    </form>
  );
}
