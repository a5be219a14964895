import { Button, Code, Group, Modal, Paper, Stack, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormat } from "../../i18n/format";
import { usePermission } from "../../session/useSession";
import { Failed } from "../../shared/States";
import classes from "../Admin.module.css";
import { ConfirmDialog } from "../../shared/dialogs";
import { Listing, Waiting, type Column } from "../parts/Listing";
import { Section } from "../parts/Section";
import { StateBadge } from "../parts/StateBadge";
import { useChange } from "../parts/useChange";
import { paged } from "../queries";
import type { DocumentText, DocumentVersion } from "../types";
import { Differences } from "./Differences";
import { DraftPanel } from "./DraftPanel";
import type { Kind } from "./kinds";
import { SaveText } from "./TextFile";

/** A document that the city writes: what is in force, a new text, and every version before. */
export function DocumentPage({ kind }: { kind: Kind }) {
  const { t } = useTranslation();
  const mayManage = usePermission(`${kind.key}:manage`);
  const inForce = useQuery({ queryKey: ["admin", kind.key, "in-force"], queryFn: kind.inForce });
  const [draft, setDraft] = useState<string | null>(null);
  const [ending, setEnding] = useState(false);
  if (inForce.isError) {
    return <Failed error={inForce.error} retry={() => void inForce.refetch()} />;
  }
  return (
    <Section
      title={t(`admin_section.${kind.key}`)}
      hint={t(`admin_documents.${kind.key}_hint`)}
      action={
        mayManage &&
        draft === null && (
          <Button
            leftSection={<IconPlus size={16} />}
            onClick={() => setDraft(inForce.data?.text ?? "")}
          >
            {t("admin_documents.write")}
          </Button>
        )
      }
    >
      {draft !== null && (
        <DraftPanel kind={kind} text={draft} onChange={setDraft} onClose={() => setDraft(null)} />
      )}
      {inForce.data === undefined && <Waiting />}
      {inForce.data === null && (
        <Paper withBorder p="md">
          <StateBadge look="off" label={t("admin_documents.none_in_force")} />
          <Text size="sm" c="dimmed" mt={6}>
            {t(`admin_documents.${kind.key}_none`)}
          </Text>
        </Paper>
      )}
      {inForce.data && (
        <InForce
          shown={inForce.data}
          name={`${kind.key}-${inForce.data.number}.yaml`}
          onEnd={mayManage ? () => setEnding(true) : undefined}
        />
      )}
      <Versions kind={kind} onReuse={mayManage ? setDraft : undefined} />
      {ending && <EndDialog kind={kind} onClose={() => setEnding(false)} />}
    </Section>
  );
}

function InForce(props: { shown: DocumentText; name: string; onEnd?: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const { shown } = props;
  return (
    <Paper withBorder p="md">
      <Group justify="space-between">
        <Group gap="sm">
          <StateBadge look="on" label={t("admin_documents.in_force")} />
          <Text fw={600}>{shown.name}</Text>
          <Text size="sm" c="dimmed">
            {t("admin_documents.number", { number: shown.number })} · {format.time(shown.loaded_at)}
          </Text>
        </Group>
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={() => setOpen(!open)}>
            {open ? t("admin_documents.hide") : t("admin_documents.show")}
          </Button>
          <SaveText text={shown.text} name={props.name} />
          {props.onEnd && (
            <Button size="compact-sm" variant="subtle" color="red" onClick={props.onEnd}>
              {t("admin_documents.end")}
            </Button>
          )}
        </Group>
      </Group>
      {open && (
        <Code block mt="sm" className={classes.text}>
          {shown.text}
        </Code>
      )}
    </Paper>
  );
}

function EndDialog({ kind, onClose }: { kind: Kind; onClose: () => void }) {
  const { t } = useTranslation();
  const change = useChange({
    run: kind.end,
    done: t("admin.saved"),
    touches: [kind.key],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title={t("admin_documents.end")}
      text={t(`admin_documents.${kind.key}_end_sure`)}
      does={t("admin_documents.end")}
      change={change}
      onSubmit={() => change.mutate(undefined)}
      onClose={onClose}
    />
  );
}

function Versions({ kind, onReuse }: { kind: Kind; onReuse?: (text: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useInfiniteQuery(paged([kind.key, "versions"], kind.versions));
  const [compared, setCompared] = useState<DocumentVersion | null>(null);
  const reuse = (number: number) =>
    void kind.version(number).then(({ text }) => {
      onReuse?.(text);
      document.getElementById("main")?.scrollTo({ top: 0 });
    });
  const columns: Column<DocumentVersion>[] = [
    {
      title: t("admin_documents.version"),
      show: (version) => (
        <>
          {t("admin_documents.number", { number: version.number })}
          <Text size="xs" c="dimmed">
            {version.name}
          </Text>
        </>
      ),
    },
    { title: t("admin_documents.loaded"), show: (version) => format.time(version.loaded_at) },
    {
      title: t("admin_documents.ended"),
      show: (version) =>
        version.ended_at ? (
          format.time(version.ended_at)
        ) : (
          <StateBadge look="on" label={t("admin_documents.in_force")} />
        ),
    },
    {
      title: "",
      show: (version) => (
        <Group gap={4} justify="flex-end" wrap="nowrap">
          <Button size="compact-sm" variant="subtle" onClick={() => setCompared(version)}>
            {t("admin_documents.what_changed")}
          </Button>
          {onReuse && (
            <Button size="compact-sm" variant="subtle" onClick={() => reuse(version.number)}>
              {t("admin_documents.reuse")}
            </Button>
          )}
        </Group>
      ),
    },
  ];
  return (
    <Stack gap="xs">
      <Title order={2} size="h5">
        {t("admin_documents.versions")}
      </Title>
      <Listing
        label={t("admin_documents.versions")}
        query={query}
        columns={columns}
        rowKey={(version) => version.id}
        empty={t("admin_documents.no_versions")}
      />
      {compared && (
        <ComparisonDialog kind={kind} version={compared} onClose={() => setCompared(null)} />
      )}
    </Stack>
  );
}

function ComparisonDialog(props: { kind: Kind; version: DocumentVersion; onClose: () => void }) {
  const { t } = useTranslation();
  const { kind, version } = props;
  const { data, error, refetch } = useQuery({
    queryKey: ["admin", kind.key, "differences", version.number],
    queryFn: () => kind.differences(version.number),
  });
  return (
    <Modal
      opened
      onClose={props.onClose}
      size="xl"
      title={t("admin_documents.changed_by", { number: version.number })}
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && <Differences changes={data} />}
    </Modal>
  );
}
