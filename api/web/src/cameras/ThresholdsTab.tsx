import {
  Alert,
  Button,
  Group,
  NumberInput,
  Paper,
  Skeleton,
  Slider,
  Stack,
  Table,
  Text,
} from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../api/client";
import { useClassName } from "../findings/useClassName";
import { usePermission } from "../session/useSession";
import { Failed } from "../shared/States";
import classes from "./Cameras.module.css";
import { Problem } from "../shared/dialogs";
import { thresholdsQuery, useCameraChange } from "./queries";
import type { Camera, ClassPreview, ClassThreshold, Tally } from "./types";

const STEP = 0.01;
const VERDICTS = [
  "confirmed",
  "rejected",
  "duplicate",
  "unreviewed",
] as const satisfies (keyof Tally)[];
const FATES = ["kept", "lost", "gained"] as const;

/** How sure the camera must be of a class, and what another word would have made of last week. */
export function ThresholdsTab({ camera }: { camera: Camera }) {
  const query = useQuery(thresholdsQuery(camera.id));
  if (query.error) return <Failed error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={200} />;
  return <Editor camera={camera} classThresholds={query.data} />;
}

function Editor(props: { camera: Camera; classThresholds: ClassThreshold[] }) {
  const { t } = useTranslation();
  const { camera, classThresholds } = props;
  const mayManage = usePermission("cameras:manage");
  const params = { path: { camera_id: camera.id } };
  const [wanted, setWanted] = useState<Record<string, number>>(() =>
    Object.fromEntries(
      classThresholds.map((one) => [one.class, one.threshold ?? one.model_threshold]),
    ),
  );
  const preview = useMutation({
    mutationFn: (thresholds: Record<string, number>) =>
      take(
        client.POST("/v1/cameras/{camera_id}/threshold-preview", {
          params,
          body: { thresholds },
        }),
      ),
  });
  const change = useCameraChange({
    run: (thresholds: Record<string, number>) =>
      take(client.PATCH("/v1/cameras/{camera_id}", { params, body: { thresholds } })),
    done: t("cameras.saved"),
  });

  function set(name: string, value: number) {
    setWanted({ ...wanted, [name]: value });
    preview.reset();
  }

  /** The model's own word needs no word of the camera. */
  const ownThresholds = () =>
    Object.fromEntries(
      classThresholds
        .filter((one) => wanted[one.class]! > one.model_threshold)
        .map((one) => [one.class, wanted[one.class]!]),
    );

  return (
    <Stack maw={860}>
      <Alert color="blue" variant="light" p="sm" icon={<IconInfoCircle size={20} />}>
        {t("cameras.thresholds_hint")}
      </Alert>
      {classThresholds.map((one) => (
        <Paper key={one.class} withBorder p="md">
          <Threshold
            of={one}
            value={wanted[one.class]!}
            onChange={(value) => set(one.class, value)}
          />
          {preview.data?.items
            .filter((item) => item.class === one.class)
            .map((item) => (
              <Preview key={item.class} item={item} />
            ))}
        </Paper>
      ))}
      <Problem error={preview.error ?? change.error} />
      <Group>
        <Button
          variant="default"
          loading={preview.isPending}
          onClick={() => preview.mutate(wanted)}
        >
          {t("cameras.preview")}
        </Button>
        {mayManage && (
          <Button loading={change.isPending} onClick={() => change.mutate(ownThresholds())}>
            {t("cameras.save")}
          </Button>
        )}
        {!mayManage && (
          <Text size="sm" c="dimmed">
            {t("cameras.thresholds_read_only")}
          </Text>
        )}
      </Group>
    </Stack>
  );
}

function Threshold(props: {
  of: ClassThreshold;
  value: number;
  onChange: (value: number) => void;
}) {
  const { t } = useTranslation();
  const className = useClassName();
  const { of, value, onChange } = props;
  const name = className(of.class);
  const label = t("cameras.threshold_of", { name });
  return (
    <>
      <Text fw={600}>{name}</Text>
      <Text size="xs" c="dimmed" mb="xs">
        {t("cameras.threshold_model", { threshold: of.model_threshold })}
      </Text>
      <Group gap="lg" wrap="nowrap">
        <Slider
          flex={1}
          min={of.model_threshold}
          max={1}
          step={STEP}
          label={null}
          thumbLabel={label}
          value={value}
          onChange={onChange}
        />
        <NumberInput
          w={96}
          aria-label={label}
          min={of.model_threshold}
          max={1}
          step={STEP}
          decimalScale={2}
          clampBehavior="strict"
          value={value}
          onChange={(next) => typeof next === "number" && onChange(next)}
        />
      </Group>
    </>
  );
}

function Preview({ item }: { item: ClassPreview }) {
  const { t } = useTranslation();
  const total = (tally: Tally) => VERDICTS.reduce((sum, verdict) => sum + tally[verdict], 0);
  return (
    <div className={classes.tableArea} aria-live="polite">
      <Table mt="md" verticalSpacing={4} aria-label={t("cameras.preview_label")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("cameras.preview_label")}</Table.Th>
            {VERDICTS.map((verdict) => (
              <Table.Th key={verdict} ta="right">
                {t(`preview_verdict.${verdict}`)}
              </Table.Th>
            ))}
            <Table.Th ta="right">{t("cameras.total")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {FATES.map((fate) => (
            <Table.Tr key={fate}>
              <Table.Th fw={400}>{t(`preview_fate.${fate}`)}</Table.Th>
              {VERDICTS.map((verdict) => (
                <Table.Td key={verdict} ta="right">
                  {item[fate][verdict]}
                </Table.Td>
              ))}
              <Table.Td ta="right">{total(item[fate])}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {item.lost.confirmed > 0 && (
        <Alert color="orange" p="xs" mt="xs">
          {t("cameras.preview_lost", { count: item.lost.confirmed })}
        </Alert>
      )}
    </div>
  );
}
