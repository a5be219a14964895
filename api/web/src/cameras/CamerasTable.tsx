import { Anchor, Badge, Group, Paper, Table, Text } from "@mantine/core";
import { IconCameraOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";

import { useFormat } from "../i18n/format";
import classes from "./Cameras.module.css";
import { HealthBadge } from "./HealthBadge";
import type { Camera, InspectionName } from "./types";

const COLUMNS = ["name", "gateway", "inspections", "last_heard", "health"] as const;

export function CamerasTable({ cameras }: { cameras: Camera[] }) {
  const { t } = useTranslation();
  return (
    <Paper withBorder className={classes.tableArea}>
      <Table highlightOnHover verticalSpacing="xs" stickyHeader>
        <Table.Thead>
          <Table.Tr>
            {COLUMNS.map((column) => (
              <Table.Th key={column}>{t(`cameras.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {cameras.map((camera) => (
            <Row key={camera.id} camera={camera} />
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

function Row({ camera }: { camera: Camera }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const path = `/cameras/${camera.id}`;
  return (
    <Table.Tr className={classes.row} onClick={() => void navigate(path)}>
      <Table.Td>
        <div className={classes.what}>
          <div className={classes.thumbnail}>
            {camera.picture ? (
              <img src={camera.picture.url} alt="" loading="lazy" />
            ) : (
              <IconCameraOff size={20} aria-hidden />
            )}
          </div>
          <div className={classes.whatText}>
            <Anchor component={Link} to={path} lineClamp={2}>
              {camera.name}
            </Anchor>
            <Text size="xs" c="dimmed">
              {t(`camera_kind.${camera.kind}`)}
            </Text>
          </div>
        </div>
      </Table.Td>
      <Table.Td>{camera.gateway_name}</Table.Td>
      <Table.Td>
        <Group gap={4}>
          {camera.inspections.map((name) => (
            <Badge key={name} variant="outline" color="gray" tt="none" fw={400}>
              {t(`inspection.${name as InspectionName}`)}
            </Badge>
          ))}
        </Group>
      </Table.Td>
      <Table.Td className={classes.nowrap}>
        {camera.last_heard_at ? (
          <time dateTime={camera.last_heard_at} title={format.time(camera.last_heard_at)}>
            {format.ago(camera.last_heard_at)}
          </time>
        ) : (
          <Text c="dimmed" size="sm">
            {t("cameras.never")}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <HealthBadge state={camera.health.state} />
        {camera.health.since && (
          <Text size="xs" c="dimmed" className={classes.nowrap}>
            {t("cameras.since", { time: format.shortTime(camera.health.since) })}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
