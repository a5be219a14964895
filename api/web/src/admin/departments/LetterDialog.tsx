import { Code, Modal, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useFormat } from "../../i18n/format";
import { Failed } from "../../shared/States";
import classes from "../Admin.module.css";
import { Waiting } from "../parts/Listing";
import { letterQuery } from "../queries";

/** What a message tells, and what was said at every attempt to deliver it. */
export function LetterDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, error, refetch } = useQuery(letterQuery(id));
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={data ? `${data.case_number} · ${t(`message_type.${data.event_type}`)}` : ""}
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && (
        <Stack>
          <Text size="sm">
            {data.destination.name}
            {data.external_id && ` · ${t("cases.external")} ${data.external_id}`}
          </Text>
          {data.deliveries.map((delivery) => (
            <section key={`${delivery.attempt} ${delivery.started_at}`}>
              <Title order={3} size="h6">
                {t("cases.attempt", {
                  count: delivery.attempt,
                  time: format.time(delivery.started_at),
                  duration: Math.round(delivery.duration_ms ?? 0),
                })}
                {delivery.status_code && ` · HTTP ${delivery.status_code}`}
                {` · ${t(`outcome.${delivery.outcome}`)}`}
              </Title>
              {delivery.error && (
                <Text size="sm" c="red">
                  {delivery.error}
                </Text>
              )}
              {delivery.response_excerpt && (
                <Code block className={classes.secret}>
                  {delivery.response_excerpt}
                </Code>
              )}
            </section>
          ))}
          <section>
            <Title order={3} size="h6">
              {t("admin_letters.payload")}
            </Title>
            <Code block className={classes.secret}>
              {JSON.stringify(data.payload, null, 2)}
            </Code>
          </section>
        </Stack>
      )}
    </Modal>
  );
}
