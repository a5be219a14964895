import {
  Anchor,
  Group,
  Paper,
  SegmentedControl,
  Select,
  Skeleton,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { IconDownload, IconRepeatOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Empty, Failed } from "../shared/States";
import { useTitle } from "../shared/useTitle";
import { useAddress } from "../shared/useAddress";
import classes from "./Matters.module.css";
import { MatterTable } from "./MatterTable";
import { type MatterFilters, mattersFile, mattersQuery } from "./queries";

const WEEKS = ["4", "8", "12", "26", "52"];
const LEAST = ["2", "3", "4", "6"];
const INSPECTIONS = [
  "road_damage",
  "falling_object",
  "illegal_building",
  "checkpoint_vehicle",
  "crop_pest",
] as const;
const SKELETONS = 6;

function useMatterFilters() {
  const { params, change } = useAddress();
  const oneOf = (name: string, all: readonly string[], otherwise: string) =>
    all.find((one) => one === params.get(name)) ?? otherwise;
  const filters: MatterFilters = {
    weeks: Number(oneOf("weeks", WEEKS, "12")),
    least_weeks: Number(oneOf("least_weeks", LEAST, "2")),
    by: oneOf("by", ["cell", "area"], "cell") as MatterFilters["by"],
    inspection: INSPECTIONS.find((one) => one === params.get("inspection")),
  };
  const set = (name: keyof MatterFilters, value: string | null) => change({ [name]: value });
  return [filters, set] as const;
}

/** What comes back in the same place: a cause to deal with, not one more repair. */
export function MattersPage() {
  const { t } = useTranslation();
  const [filters, change] = useMatterFilters();
  useTitle(t("matters.title"));
  return (
    <div className={classes.page}>
      <Group justify="space-between" align="flex-end">
        <div>
          <Title order={1} size="h3">
            {t("matters.title")}
          </Title>
          <Text size="sm" c="dimmed" maw={720}>
            {t("matters.hint")}
          </Text>
        </div>
        <Group gap="md">
          {(["csv", "geojson"] as const).map((format) => (
            <Anchor
              key={format}
              size="sm"
              href={mattersFile(filters, format)}
              download={`matters.${format}`}
            >
              <Group gap={4} component="span" display="inline-flex">
                <IconDownload size={15} aria-hidden /> {t(`matters.${format}`)}
              </Group>
            </Anchor>
          ))}
        </Group>
      </Group>
      <Group gap="xs" role="search" aria-label={t("cases.filters")}>
        <SegmentedControl
          size="xs"
          aria-label={t("matters.by")}
          value={filters.by}
          onChange={(value) => change("by", value)}
          data={[
            { value: "cell", label: t("matters.by_cell") },
            { value: "area", label: t("matters.by_area") },
          ]}
        />
        <Select
          size="xs"
          w={140}
          allowDeselect={false}
          aria-label={t("matters.over")}
          data={WEEKS.map((value) => ({
            value,
            label: t("matters.over_weeks", { count: Number(value) }),
          }))}
          value={String(filters.weeks)}
          onChange={(value) => change("weeks", value)}
        />
        <Select
          size="xs"
          w={170}
          allowDeselect={false}
          aria-label={t("matters.least")}
          data={LEAST.map((value) => ({
            value,
            label: t("matters.least_weeks", { count: Number(value) }),
          }))}
          value={String(filters.least_weeks)}
          onChange={(value) => change("least_weeks", value)}
        />
        <Select
          size="xs"
          w={170}
          clearable
          aria-label={t("matters.inspection")}
          placeholder={t("matters.inspection")}
          data={INSPECTIONS.map((value) => ({ value, label: t(`inspection.${value}`) }))}
          value={filters.inspection ?? null}
          onChange={(value) => change("inspection", value)}
        />
      </Group>
      <Matters filters={filters} />
    </div>
  );
}

function Matters({ filters }: { filters: MatterFilters }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(mattersQuery(filters));
  if (!data) {
    if (error) return <Failed error={error} retry={() => void refetch()} />;
    return (
      <Stack gap="xs" role="status" aria-label={t("error.loading")}>
        {Array.from({ length: SKELETONS }, (_, row) => (
          <Skeleton key={row} height={44} />
        ))}
      </Stack>
    );
  }
  if (data.items.length === 0) {
    return (
      <Empty
        icon={<IconRepeatOff size={40} stroke={1.5} />}
        title={t("matters.empty_title")}
        text={filters.by === "area" ? t("matters.empty_area") : t("matters.empty")}
      />
    );
  }
  return (
    <Paper withBorder className={classes.tableArea}>
      <MatterTable matters={data.items} weeks={data.weeks} />
    </Paper>
  );
}
