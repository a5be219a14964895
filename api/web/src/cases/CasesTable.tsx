import { useClassName } from "../findings/useClassName";
import { Anchor, Paper, Table, Text } from "@mantine/core";
import { IconCheck, IconQuestionMark, IconRefresh, IconSend, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";

import type { Case } from "../api/types";
import { SeverityBadge } from "../findings/SeverityBadge";
import { useFormat } from "../i18n/format";
import classes from "./Cases.module.css";
import { CaseStateBadge } from "./CaseStateBadge";

const OUTCOME_LOOKS = {
  sending: { color: "dimmed", Icon: IconSend },
  delivered: { color: "teal", Icon: IconCheck },
  retry: { color: "orange", Icon: IconRefresh },
  dead: { color: "red", Icon: IconX },
  unknown: { color: "orange", Icon: IconQuestionMark },
} as const;

const COLUMNS = ["number", "what", "state", "department", "delivery", "updated"] as const;

export function CasesTable({ cases }: { cases: Case[] }) {
  const { t } = useTranslation();
  return (
    <Paper withBorder className={classes.tableArea}>
      <Table highlightOnHover verticalSpacing="xs" stickyHeader>
        <Table.Thead>
          <Table.Tr>
            {COLUMNS.map((column) => (
              <Table.Th key={column}>{t(`cases.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {cases.map((shown) => (
            <CaseRow key={shown.id} shown={shown} />
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

function CaseRow({ shown }: { shown: Case }) {
  const { t } = useTranslation();
  const format = useFormat();
  const className = useClassName();
  const navigate = useNavigate();
  const path = `/cases/${shown.id}`;
  return (
    <Table.Tr className={classes.row} onClick={() => void navigate(path)}>
      <Table.Td>
        <Anchor component={Link} to={path} className={classes.number}>
          {shown.number}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <div className={classes.what}>
          {shown.finding.picture && (
            <img src={shown.finding.picture.annotated_url} alt="" loading="lazy" />
          )}
          <div className={classes.whatText}>
            {className(shown.finding.class)}
            <Text size="xs" c="dimmed" truncate maw={180}>
              {shown.finding.camera.name}
            </Text>
          </div>
          <SeverityBadge severity={shown.finding.severity} />
        </div>
      </Table.Td>
      <Table.Td>
        <CaseStateBadge state={shown.state} />
      </Table.Td>
      <Table.Td>
        {shown.destination?.name ?? <Text c="dimmed">{t("cases.no_department")}</Text>}
        {shown.external_id && (
          <Text size="xs" c="dimmed">
            {shown.external_id}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <LastDelivery delivery={shown.last_delivery} />
      </Table.Td>
      <Table.Td>
        <time dateTime={shown.updated_at} title={format.time(shown.updated_at)}>
          {format.ago(shown.updated_at)}
        </time>
      </Table.Td>
    </Table.Tr>
  );
}

function LastDelivery({ delivery }: { delivery: Case["last_delivery"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!delivery) return <Text c="dimmed">{t("cases.never")}</Text>;
  const { color, Icon } = OUTCOME_LOOKS[delivery.outcome];
  return (
    <Text c={color} size="sm" className={classes.delivery} title={delivery.error ?? undefined}>
      <Icon size={15} aria-hidden /> {t(`outcome.${delivery.outcome}`)}
      <Text component="span" display="block" size="xs" c="dimmed">
        {format.ago(delivery.started_at)}
      </Text>
    </Text>
  );
}
