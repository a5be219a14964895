import { Button, Group, Select, Skeleton, Stack, TextInput, Title } from "@mantine/core";
import { IconCameraOff, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Empty, Failed } from "../shared/States";
import { useTitle } from "../shared/useTitle";
import classes from "./Cameras.module.css";
import { CamerasTable } from "./CamerasTable";
import { camerasQuery } from "./queries";
import { CAMERA_KINDS, INSPECTIONS, type Camera } from "./types";
import { HEALTH_FILTERS, useFiltered, useFilters } from "./useFilters";

const SKELETON_ROWS = 8;

export function CameraList() {
  const { t } = useTranslation();
  const query = useQuery(camerasQuery);
  useTitle(t("cameras.title"));
  return (
    <div className={classes.page}>
      <Title order={1} size="h3">
        {t("cameras.title")}
      </Title>
      {query.data ? (
        <Filtered cameras={query.data} />
      ) : query.error ? (
        <Failed error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Stack gap="xs" role="status" aria-label={t("error.loading")}>
          {Array.from({ length: SKELETON_ROWS }, (_, row) => (
            <Skeleton key={row} height={76} />
          ))}
        </Stack>
      )}
    </div>
  );
}

function Filtered({ cameras }: { cameras: Camera[] }) {
  const { t } = useTranslation();
  const { filters, isFiltered, set, clear } = useFilters();
  const { shown, counts } = useFiltered(cameras, filters);
  if (cameras.length === 0) {
    return (
      <Empty
        icon={<IconCameraOff size={40} stroke={1.5} />}
        title={t("cameras.none_title")}
        text={t("cameras.none")}
      />
    );
  }
  return (
    <>
      <Group gap="xs" role="search" aria-label={t("cameras.filters")}>
        <TextInput
          aria-label={t("cameras.search")}
          placeholder={t("cameras.search")}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={filters.text}
          onChange={(event) => set("q", event.currentTarget.value)}
          className={classes.search}
        />
        <Select
          aria-label={t("cameras.kind")}
          placeholder={t("cameras.every_kind")}
          clearable
          value={filters.kind}
          onChange={(value) => set("kind", value)}
          data={CAMERA_KINDS.map((value) => ({ value, label: t(`camera_kind.${value}`) }))}
        />
        <Select
          aria-label={t("cameras.inspection")}
          placeholder={t("cameras.every_inspection")}
          clearable
          value={filters.inspection}
          onChange={(value) => set("inspection", value)}
          data={INSPECTIONS.map((value) => ({ value, label: t(`inspection.${value}`) }))}
        />
        <Select
          aria-label={t("cameras.health")}
          allowDeselect={false}
          value={filters.health}
          onChange={(value) => set("health", value)}
          data={HEALTH_FILTERS.map((value) => ({
            value,
            label: t("cameras.counted", {
              what: t(`camera_filter.${value}`),
              count: counts[value],
            }),
          }))}
        />
        {isFiltered && (
          <Button variant="subtle" size="compact-sm" onClick={clear}>
            {t("cameras.clear_filters")}
          </Button>
        )}
      </Group>
      {shown.length > 0 ? (
        <CamerasTable cameras={shown} />
      ) : (
        <Empty
          icon={<IconSearch size={40} stroke={1.5} />}
          title={t("cameras.none_filtered_title")}
          text={t("cameras.none_filtered")}
        />
      )}
    </>
  );
}
