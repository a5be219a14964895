import { Badge, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Message } from "../api/types";
import { useFormat } from "../i18n/format";

const COLORS: Record<Message["state"], string> = {
  pending: "gray",
  leased: "blue",
  delivered: "green",
  dead: "red",
  withdrawn: "gray",
};

interface Props {
  messages: Message[];
  hasDepartment: boolean;
}

export function Deliveries({ messages, hasDepartment }: Props) {
  const { t } = useTranslation();
  return (
    <section>
      <Title order={3} size="h6" mb="xs">
        {t("cases.deliveries")}
      </Title>
      {messages.length === 0 && (
        <Text size="sm" c="dimmed">
          {hasDepartment ? t("cases.deliveries_none") : t("cases.deliveries_none_department")}
        </Text>
      )}
      <Stack gap="xs">
        {messages.map((message) => (
          <MessageCard key={message.id} message={message} />
        ))}
      </Stack>
    </section>
  );
}

function MessageCard({ message }: { message: Message }) {
  const { t } = useTranslation();
  const { time } = useFormat();
  const waiting = message.state === "pending" && message.attempts > 0 && message.next_attempt_at;
  return (
    <Paper withBorder p="xs">
      <Group justify="space-between">
        <Text size="sm" fw={500}>
          {t(`message_type.${message.event_type}`)}
        </Text>
        <Badge color={COLORS[message.state]} variant="light" tt="none">
          {t(`message_state.${message.state}`)}
        </Badge>
      </Group>
      <List size="xs" c="dimmed" listStyleType="none">
        {message.deliveries.map((delivery) => (
          <List.Item key={delivery.attempt}>
            {t("cases.attempt", {
              count: delivery.attempt,
              time: time(delivery.started_at),
              duration: Math.round(delivery.duration_ms ?? 0),
            })}
            {delivery.status_code && ` · HTTP ${delivery.status_code}`}
            {` · ${t(`outcome.${delivery.outcome}`)}`}
            {delivery.error && (
              <Text size="xs" c="red">
                {delivery.error}
              </Text>
            )}
          </List.Item>
        ))}
      </List>
      {waiting && <Text size="xs">{t("cases.next_attempt", { time: time(waiting) })}</Text>}
    </Paper>
  );
}
