import { Group, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { camerasQuery } from "../cameras/queries";
import { PERIODS, type useAsked } from "./useAsked";

const INSPECTIONS = [
  "road_damage",
  "falling_object",
  "illegal_building",
  "checkpoint_vehicle",
  "crop_pest",
  "camera_health",
] as const;

export function Filters({ asked, last, days, change }: ReturnType<typeof useAsked>) {
  const { t } = useTranslation();
  const { data: cameras } = useQuery(camerasQuery);
  return (
    <Group gap="sm" align="flex-end" role="search" aria-label={t("figures.filters")}>
      <SegmentedControl
        aria-label={t("figures.period")}
        value={days ?? ""}
        onChange={(value) => change({ days: value, from: null, to: null })}
        data={PERIODS.map((value) => ({
          value,
          label: t("figures.days", { count: Number(value) }),
        }))}
      />
      <TextInput
        type="date"
        label={t("figures.from")}
        value={asked.from}
        max={last}
        onChange={({ currentTarget: { value } }) =>
          value && change({ from: value, to: last, days: null })
        }
      />
      <TextInput
        type="date"
        label={t("figures.to")}
        value={last}
        min={asked.from}
        onChange={({ currentTarget: { value } }) =>
          value && change({ from: asked.from, to: value, days: null })
        }
      />
      <Select
        label={t("figures.inspection")}
        placeholder={t("figures.all")}
        w={170}
        clearable
        value={asked.inspection ?? null}
        onChange={(inspection) => change({ inspection })}
        data={INSPECTIONS.map((value) => ({ value, label: t(`inspection.${value}`) }))}
      />
      <Select
        label={t("figures.camera")}
        placeholder={t("figures.all")}
        nothingFoundMessage={t("figures.no_camera")}
        w={200}
        clearable
        searchable
        limit={100}
        value={asked.camera ?? null}
        onChange={(camera) => change({ camera })}
        data={(cameras ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      />
    </Group>
  );
}
