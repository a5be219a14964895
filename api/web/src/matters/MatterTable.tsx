import { Anchor, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Matter } from "../api/types";
import { useClassName } from "../findings/useClassName";
import { useFormat } from "../i18n/format";
import classes from "./Matters.module.css";
import { WeekBars } from "./WeekBars";
import { lastWeeks } from "./weeks";

const SHOWN_AT_ONCE = 100;
const NEWEST_SHOWN = 3;

/** What comes back most often first; as many lines as are asked for. */
export function MatterTable({ matters, weeks }: { matters: Matter[]; weeks: number }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const [shown, setShown] = useState(SHOWN_AT_ONCE);
  const names = lastWeeks(weeks);
  return (
    <Table verticalSpacing="xs" stickyHeader>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t("matters.what")}</Table.Th>
          <Table.Th scope="col">{t("matters.place")}</Table.Th>
          <Table.Th scope="col">{t("matters.weeks")}</Table.Th>
          <Table.Th scope="col" className={classes.figure}>
            {t("matters.findings")}
          </Table.Th>
          <Table.Th scope="col" className={classes.figure}>
            {t("matters.open")}
          </Table.Th>
          <Table.Th scope="col" className={classes.figure}>
            {t("matters.reopened")}
          </Table.Th>
          <Table.Th scope="col">{t("matters.last")}</Table.Th>
          <Table.Th scope="col">{t("matters.newest")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {matters.slice(0, shown).map((matter) => (
          <Row
            key={`${matter.inspection} ${matter.class} ${matter.cell ?? matter.area?.code}`}
            matter={matter}
            weeks={names}
          />
        ))}
      </Table.Tbody>
      {shown < matters.length && (
        <Table.Tfoot>
          <Table.Tr>
            <Table.Td colSpan={8} ta="center">
              <Anchor component="button" size="sm" onClick={() => setShown(shown + SHOWN_AT_ONCE)}>
                {t("matters.more", { number: number(matters.length - shown) })}
              </Anchor>
            </Table.Td>
          </Table.Tr>
        </Table.Tfoot>
      )}
    </Table>
  );
}

function Row({ matter, weeks }: { matter: Matter; weeks: string[] }) {
  const { t } = useTranslation();
  const className = useClassName();
  const { number, ago, time } = useFormat();
  return (
    <Table.Tr>
      <Table.Td>
        {className(matter.class)}
        <Text size="xs" c="dimmed">
          {t(`inspection.${matter.inspection as "road_damage"}`)}
        </Text>
      </Table.Td>
      <Table.Td>
        {matter.area
          ? matter.area.name
          : `${matter.latitude.toFixed(4)}, ${matter.longitude.toFixed(4)}`}
        <Text size="xs" c="dimmed">
          {matter.area?.code ?? matter.cell}
        </Text>
      </Table.Td>
      <Table.Td>
        <WeekBars weeks={weeks} counted={matter.weeks} />
      </Table.Td>
      <Table.Td className={classes.figure}>{number(matter.findings)}</Table.Td>
      <Table.Td className={classes.figure}>{number(matter.open)}</Table.Td>
      <Table.Td className={classes.figure}>{number(matter.reopened)}</Table.Td>
      <Table.Td>
        <time dateTime={matter.last_seen_at} title={time(matter.last_seen_at)}>
          {ago(matter.last_seen_at)}
        </time>
      </Table.Td>
      <Table.Td>
        {matter.newest.slice(0, NEWEST_SHOWN).map((id, index) => (
          <Anchor key={id} component={Link} to={`/findings/${id}`} size="sm" mr={8}>
            {t("matters.finding", { index: index + 1 })}
          </Anchor>
        ))}
      </Table.Td>
    </Table.Tr>
  );
}
