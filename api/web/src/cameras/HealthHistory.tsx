import { Alert, Group, Paper, Skeleton, Table, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import { Failed } from "../shared/States";
import classes from "./Cameras.module.css";
import { HealthBadge } from "./HealthBadge";
import { troublesQuery } from "./queries";
import type { Trouble } from "./types";

/** Every trouble that was noticed, newest first, and what to do about those that last. */
export function HealthHistory({ cameraId }: { cameraId: string }) {
  const { t } = useTranslation();
  const query = useQuery(troublesQuery(cameraId));
  if (query.error) return <Failed error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={60} />;
  const troubles = query.data.items;
  if (troubles.length === 0) {
    return (
      <Group gap="xs" c="dimmed">
        <IconCircleCheck size={18} aria-hidden />
        <Text size="sm">{t("cameras.no_trouble")}</Text>
      </Group>
    );
  }
  return (
    <>
      {troubles
        .filter(({ lasting }) => lasting)
        .map((one) => (
          <Alert key={one.id} color="orange" mb="sm" p="xs">
            {t(`camera_advice.${one.trouble}`)}
          </Alert>
        ))}
      <Paper withBorder className={classes.tableArea}>
        <Table verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("cameras.trouble")}</Table.Th>
              <Table.Th>{t("cameras.from")}</Table.Th>
              <Table.Th>{t("cameras.until")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {troubles.map((one) => (
              <TroubleRow key={one.id} trouble={one} />
            ))}
          </Table.Tbody>
        </Table>
      </Paper>
    </>
  );
}

function TroubleRow({ trouble }: { trouble: Trouble }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Table.Tr>
      <Table.Td>
        <HealthBadge state={trouble.trouble} />
        {trouble.shift_px !== null && (
          <Text size="xs" c="dimmed">
            {t("cameras.shift", { pixels: format.number(Math.round(trouble.shift_px)) })}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{format.time(trouble.first_at)}</Table.Td>
      <Table.Td>{trouble.lasting ? t("cameras.lasts") : format.time(trouble.last_at)}</Table.Td>
    </Table.Tr>
  );
}
