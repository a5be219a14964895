import { Alert, Badge, Button, Group, Image, Paper, Stack, Text, Textarea } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconHistory, IconHourglass } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../api/client";
import { useFormat } from "../i18n/format";
import { usePermission } from "../session/useSession";
import { Failed, Loading } from "../shared/States";
import classes from "./Cameras.module.css";
import { FormDialog } from "../shared/dialogs";
import { baselinesQuery, siteQuery, useCameraChange } from "./queries";
import type { Baseline, Camera, Site } from "./types";

const STATES = {
  proposed: { color: "orange", Icon: IconHourglass },
  approved: { color: "green", Icon: IconCheck },
  superseded: { color: "gray", Icon: IconHistory },
} as const;

type Action = "approve" | "renew" | "fewer";

const POSTS = {
  approve: "/v1/sites/{camera_id}/baselines/approve",
  renew: "/v1/sites/{camera_id}/baselines",
  fewer: "/v1/sites/{camera_id}/baselines/from-fewer",
} as const;

/** What later pictures are compared with: approved by a person, or learned anew. */
export function BaselinesTab({ camera }: { camera: Camera }) {
  const site = useQuery(siteQuery(camera.id));
  const baselines = useQuery(baselinesQuery(camera.id));
  const error = site.error ?? baselines.error;
  if (error) {
    return (
      <Failed
        error={error}
        retry={() => {
          void site.refetch();
          void baselines.refetch();
        }}
      />
    );
  }
  if (!site.data || !baselines.data) return <Loading />;
  return <Shown site={site.data} baselines={baselines.data.items} />;
}

function Shown({ site, baselines }: { site: Site; baselines: Baseline[] }) {
  const { t } = useTranslation();
  const mayManage = usePermission("sites:manage");
  const [asked, setAsked] = useState<Action>();
  const actions: Action[] = [
    ...(site.baselines.some(({ state }) => state === "proposed") ? (["approve"] as const) : []),
    ...(site.baselines.length === 0 && site.waiting > 0 ? (["fewer"] as const) : []),
    ...(site.baselines.length > 0 ? (["renew"] as const) : []),
  ];
  return (
    <Stack>
      <Text>{t(`site_state.${site.state}`, { count: site.waiting })}</Text>
      {site.warnings.map((warning) => (
        <Alert key={warning} color="orange" p="xs" icon={<IconAlertTriangle size={18} />}>
          {warning}
        </Alert>
      ))}
      {mayManage && actions.length > 0 && (
        <Group>
          {actions.map((action) => (
            <Button
              key={action}
              variant={action === "renew" ? "default" : "filled"}
              onClick={() => setAsked(action)}
            >
              {t(`baseline_action.${action}`)}
            </Button>
          ))}
        </Group>
      )}
      <div className={classes.baselines}>
        {baselines.map((baseline) => (
          <BaselineCard key={baseline.id} baseline={baseline} />
        ))}
      </div>
      {asked && (
        <Ask action={asked} cameraId={site.camera.id} onClose={() => setAsked(undefined)} />
      )}
    </Stack>
  );
}

function BaselineCard({ baseline }: { baseline: Baseline }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { color, Icon } = STATES[baseline.state];
  const light = t(`baseline_light.${baseline.light as "day" | "night"}`);
  return (
    <Paper withBorder p="sm">
      <Stack gap="xs">
        <Image
          src={baseline.picture_url}
          alt={t("cameras.baseline_alt", { light, time: format.time(baseline.proposed_at) })}
          radius="sm"
          loading="lazy"
        />
        <Group justify="space-between">
          <Text fw={600}>{light}</Text>
          <Badge
            color={color}
            variant="light"
            tt="none"
            leftSection={<Icon size={13} aria-hidden />}
          >
            {t(`baseline_state.${baseline.state}`)}
          </Badge>
        </Group>
        <Text size="sm" c="dimmed">
          {t("cameras.baseline_made", {
            time: format.time(baseline.proposed_at),
            count: baseline.frames.length,
          })}
          {baseline.approved_at && (
            <>
              <br />
              {t("cameras.baseline_approved", { time: format.time(baseline.approved_at) })}
            </>
          )}
        </Text>
        {baseline.warnings.map((warning) => (
          <Alert key={warning} color="orange" p="xs">
            {warning}
          </Alert>
        ))}
      </Stack>
    </Paper>
  );
}

function Ask(props: { action: Action; cameraId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { action, cameraId, onClose } = props;
  const [reason, setReason] = useState("");
  const change = useCameraChange({
    run: async () => {
      const params = { path: { camera_id: cameraId } };
      await take(client.POST(POSTS[action], { params, body: { reason } }));
    },
    done: t(`baseline_done.${action}`),
    onDone: onClose,
  });
  return (
    <FormDialog
      title={t(`baseline_action.${action}`)}
      text={t(`baseline_text.${action}`)}
      does={t(`baseline_action.${action}`)}
      color={action === "renew" ? "red" : undefined}
      change={change}
      onSubmit={() => change.mutate(undefined)}
      onClose={onClose}
    >
      <Textarea
        label={t("cameras.reason")}
        description={t("cameras.reason_hint")}
        required
        data-autofocus
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
