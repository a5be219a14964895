import {
  Anchor,
  Button,
  Group,
  Paper,
  Skeleton,
  Stack,
  Table,
  Text,
  UnstyledButton,
} from "@mantine/core";
import {
  IconArrowDown,
  IconArrowsSort,
  IconArrowUp,
  IconCheck,
  IconClipboardOff,
  IconQuestionMark,
  IconRefresh,
  IconSend,
  IconX,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useNavigate } from "react-router";

import type { Case } from "../api/types";
import { SeverityBadge } from "../findings/SeverityBadge";
import { useClassName } from "../findings/useClassName";
import { useFormat } from "../i18n/format";
import { Empty, Failed } from "../shared/States";
import { useAddress } from "../shared/useAddress";
import classes from "./Cases.module.css";
import { CaseStateBadge } from "./CaseStateBadge";
import { Due } from "./Due";
import { AFTER, isNarrowed, type Order, useCaseFilters } from "./filters";
import { LightLabel } from "./lights";
import { casesQuery } from "./queries";

const OUTCOME_LOOKS = {
  sending: { color: "dimmed", Icon: IconSend },
  delivered: { color: "teal", Icon: IconCheck },
  retry: { color: "orange", Icon: IconRefresh },
  dead: { color: "red", Icon: IconX },
  unknown: { color: "orange", Icon: IconQuestionMark },
} as const;

/** Each with the orders that it can be sorted by, the one that is wanted more often first. */
const COLUMNS: [name: ColumnName, orders?: [Order, Order]][] = [
  ["light"],
  ["number", ["newest", "oldest"]],
  ["what"],
  ["state"],
  ["department"],
  ["grid"],
  ["due", ["due", "due_last"]],
  ["delivery"],
  ["updated", ["updated", "updated_first"]],
];
type ColumnName =
  "light" | "number" | "what" | "state" | "department" | "grid" | "due" | "delivery" | "updated";

const FALLING: readonly Order[] = ["newest", "due_last", "updated"];
const SKELETONS = 8;

/** Cases page by page, each page at its own address. */
export function CaseTable() {
  const { t } = useTranslation();
  const [filters] = useCaseFilters();
  const { params } = useAddress();
  const { data, error, refetch, isPlaceholderData } = useQuery(
    casesQuery(filters, params.get(AFTER) ?? undefined),
  );
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
        icon={<IconClipboardOff size={40} stroke={1.5} />}
        title={t("cases.empty_title")}
        text={isNarrowed(filters) ? t("cases.empty_filtered") : t("cases.empty")}
      />
    );
  }
  return (
    <>
      <Paper withBorder className={classes.tableArea} data-stale={isPlaceholderData || undefined}>
        <CaseRows cases={data.items} sortable />
      </Paper>
      <Pager next={data.next_cursor} />
    </>
  );
}

export function CaseRows({ cases, sortable = false }: { cases: Case[]; sortable?: boolean }) {
  return (
    <Table highlightOnHover verticalSpacing="xs" stickyHeader>
      <Table.Thead>
        <Table.Tr>
          {COLUMNS.map(([name, orders]) => (
            <Head key={name} name={name} orders={sortable ? orders : undefined} />
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {cases.map((shown) => (
          <CaseRow key={shown.id} shown={shown} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Head({ name, orders }: { name: ColumnName; orders: [Order, Order] | undefined }) {
  const { t } = useTranslation();
  const [{ order }, change] = useCaseFilters();
  if (!orders) return <Table.Th scope="col">{t(`cases.${name}`)}</Table.Th>;
  const [first, second] = orders;
  const sorted = orders.includes(order);
  const falls = FALLING.includes(order);
  const Icon = !sorted ? IconArrowsSort : falls ? IconArrowDown : IconArrowUp;
  return (
    <Table.Th scope="col" aria-sort={!sorted ? undefined : falls ? "descending" : "ascending"}>
      <UnstyledButton
        className={classes.sort}
        onClick={() => change({ order: order === first ? second : first })}
      >
        {t(`cases.${name}`)}
        <Icon size={14} aria-hidden opacity={sorted ? 1 : 0.4} />
      </UnstyledButton>
    </Table.Th>
  );
}

function CaseRow({ shown }: { shown: Case }) {
  const { t } = useTranslation();
  const format = useFormat();
  const className = useClassName();
  const navigate = useNavigate();
  const { search } = useLocation();
  const path = `/cases/${shown.id}${search}`;
  return (
    <Table.Tr className={classes.row} onClick={() => void navigate(path)}>
      <Table.Td>
        <LightLabel light={shown.light} />
      </Table.Td>
      <Table.Td>
        <Anchor component={Link} to={path} size="sm" className={classes.number}>
          {shown.number}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <div className={classes.what}>
          {shown.finding.picture && (
            <img src={shown.finding.picture.annotated_url} alt="" loading="lazy" />
          )}
          <div className={classes.whatText}>
            <span className={classes.whatName}>
              {className(shown.finding.class)}
              <SeverityBadge severity={shown.finding.severity} />
            </span>
            <Text size="xs" c="dimmed" truncate>
              {shown.finding.camera.name}
            </Text>
          </div>
        </div>
      </Table.Td>
      <Table.Td>
        <CaseStateBadge state={shown.state} />
      </Table.Td>
      <Table.Td>
        {shown.destination?.name ?? (
          <Text size="sm" c="dimmed">
            {t("cases.no_department")}
          </Text>
        )}
        {shown.external_id && (
          <Text size="xs" c="dimmed">
            {shown.external_id}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{shown.grid?.name}</Table.Td>
      <Table.Td>
        <Due shown={shown} />
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
  if (!delivery)
    return (
      <Text size="sm" c="dimmed">
        {t("cases.never")}
      </Text>
    );
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

/** Forward by the service's cursor; back along the pages that led here. */
function Pager({ next }: { next: string | null }) {
  const { t } = useTranslation();
  const { params, change } = useAddress();
  const [trail, setTrail] = useState<(string | null)[]>([]);
  const after = params.get(AFTER);
  if (!after && !next) return null;

  function go(cursor: string | null, way: (string | null)[]) {
    setTrail(way);
    change({ [AFTER]: cursor }, { replace: false });
  }

  return (
    <Group justify="center" gap="xs" component="nav" aria-label={t("cases.pages")}>
      <Button size="xs" variant="default" disabled={!after} onClick={() => go(null, [])}>
        {t("cases.page_first")}
      </Button>
      <Button
        size="xs"
        variant="default"
        disabled={!after || trail.length === 0}
        onClick={() => go(trail.at(-1) ?? null, trail.slice(0, -1))}
      >
        {t("cases.page_before")}
      </Button>
      <Button
        size="xs"
        variant="default"
        disabled={!next}
        onClick={() => go(next, [...trail, after])}
      >
        {t("cases.page_next")}
      </Button>
    </Group>
  );
}
