import "@mantine/dates/styles.css";
import "dayjs/locale/zh-cn";

import {
  Anchor,
  Badge,
  Group,
  Paper,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { MonthPickerInput } from "@mantine/dates";
import { IconCards, IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { UnitCard } from "../api/types";
import { useFormat } from "../i18n/format";
import { Empty, Failed } from "../shared/States";
import { useAddress } from "../shared/useAddress";
import classes from "./UnitCards.module.css";
import { unitCardsQuery } from "./queries";

const MONTH = /^20\d\d-(0[1-9]|1[0-2])$/;
const FIGURES = ["in_time", "ahead", "late", "returned", "running", "escalated"] as const;

const thisMonth = () => {
  const today = new Date();
  return `${today.getFullYear()}-${String(today.getMonth() + 1).padStart(2, "0")}`;
};

/** How departments kept their terms in a month. */
export function UnitCards() {
  const { t, i18n } = useTranslation();
  const { params, change } = useAddress();
  const asked = params.get("month") ?? "";
  const month = MONTH.test(asked) ? asked : thisMonth();
  const { data, error, refetch } = useQuery(unitCardsQuery(month));
  const cards = data?.items;
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end">
        <div>
          <Title order={2} size="h5">
            {t("units.title")}
          </Title>
          <Text size="sm" c="dimmed" maw={720}>
            {t("units.hint")}
          </Text>
        </div>
        <Group gap="sm">
          <MonthPickerInput
            size="xs"
            w={150}
            locale={i18n.language.toLowerCase()}
            aria-label={t("units.month")}
            value={`${month}-01`}
            valueFormat="YYYY-MM"
            maxDate={`${thisMonth()}-01`}
            onChange={(chosen) =>
              chosen && change({ month: chosen.slice(0, 7) }, { replace: false })
            }
          />
          <Anchor
            size="sm"
            href={`/v1/units/cards?month=${month}&format=csv`}
            download={`units-${month}.csv`}
          >
            <Group gap={4} component="span" display="inline-flex">
              <IconDownload size={15} aria-hidden /> CSV
            </Group>
          </Anchor>
        </Group>
      </Group>
      {!cards && error && <Failed error={error} retry={() => void refetch()} />}
      {!cards && !error && <Skeleton height={180} />}
      {cards?.length === 0 && (
        <Empty
          icon={<IconCards size={40} stroke={1.5} />}
          title={t("units.empty_title")}
          text={t("units.empty")}
        />
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {cards?.map((card) => (
          <Card key={card.destination_id} card={card} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

const COLORS = { green: "teal", yellow: "yellow", red: "red" } as const;

function Card({ card }: { card: UnitCard }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  return (
    <Paper withBorder p="md" component="section" aria-label={card.name}>
      <Group justify="space-between" wrap="nowrap" mb="xs">
        <Title order={3} size="h6" lineClamp={2}>
          {card.name}
        </Title>
        <Badge color={card.card ? COLORS[card.card] : "gray"} variant="light" tt="none" flex="none">
          {t(`unit_card.${card.card ?? "none"}`)}
        </Badge>
      </Group>
      <Group gap="xl" mb="xs">
        <Share name={t("units.on_time_share")} value={card.on_time_share} />
        <Share name={t("units.failed_share")} value={card.failed_share} />
      </Group>
      <dl className={classes.figures}>
        {FIGURES.map((name) => (
          <div key={name}>
            <dt>{t(`units.${name}`)}</dt>
            <dd>{number(card[name])}</dd>
          </div>
        ))}
      </dl>
      <Text size="xs" c="dimmed" mt={6}>
        {t("units.claims", { claimed: number(card.claimed), failed: number(card.failed) })}
      </Text>
    </Paper>
  );
}

function Share({ name, value }: { name: string; value: number | null }) {
  const { percent } = useFormat();
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text fz={22} fw={600} className={classes.share}>
        {value === null ? "–" : percent(value)}
      </Text>
    </div>
  );
}
