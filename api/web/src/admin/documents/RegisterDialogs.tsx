import { FileInput, Modal, Radio, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { useFormat } from "../../i18n/format";
import { FormDialog } from "../../shared/dialogs";
import { Listing, type Column } from "../parts/Listing";
import { useChange } from "../parts/useChange";
import { registerVersionsQuery } from "../queries";
import type { Register, RegisterVersion } from "../types";
import { Mistakes } from "./Mistakes";

interface Props {
  register: Register;
  onClose: () => void;
}

/** Fills a register from a file; everything in it, or nothing where a row is wrong. */
export function FillDialog({ register, onClose }: Props) {
  const { t } = useTranslation();
  const [file, setFile] = useState<File | null>(null);
  const [mode, setMode] = useState<"replace" | "add">("add");
  const change = useChange({
    run: async (chosen: File) => {
      const bytes = await chosen.arrayBuffer(); // not as text: it may be in GB18030
      return take(
        client.POST("/v1/registers/{register_id}/entries", {
          params: { path: { register_id: register.id }, query: { mode } },
          body: bytes as never,
          headers: { "Content-Type": "text/csv" },
          bodySerializer: () => bytes,
        }),
      );
    },
    done: t("admin_registers.filled"),
    touches: ["registers"],
    onDone: onClose,
  });
  return (
    <FormDialog
      title={t("admin_registers.fill_named", { name: register.name })}
      does={mode === "replace" ? t("admin_registers.replace") : t("admin_registers.add")}
      color={mode === "replace" ? "red" : undefined}
      change={{ isPending: change.isPending, error: null }}
      onSubmit={() => file && change.mutate(file)}
      onClose={onClose}
      disabled={!file}
    >
      <FileInput
        label={t("admin_registers.file")}
        description={t("admin_registers.file_hint")}
        placeholder={t("admin_documents.upload")}
        accept=".csv,text/csv"
        value={file}
        onChange={setFile}
        required
      />
      <Radio.Group
        label={t("admin_registers.mode")}
        value={mode}
        onChange={(value) => setMode(value as typeof mode)}
      >
        <Stack gap={6} mt={6}>
          <Radio value="add" label={t("admin_registers.mode_add")} />
          <Radio
            value="replace"
            label={t("admin_registers.mode_replace", { count: register.entries })}
          />
        </Stack>
      </Radio.Group>
      <Mistakes error={change.error} />
    </FormDialog>
  );
}

export function RemoveDialog({ register, onClose }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const plates = text.split(/[\s,，、;；]+/).filter(Boolean);
  const change = useChange({
    run: () =>
      take(
        client.POST("/v1/registers/{register_id}/removals", {
          params: { path: { register_id: register.id } },
          body: { plates },
        }),
      ),
    done: t("admin_registers.removed"),
    touches: ["registers"],
    onDone: onClose,
  });
  return (
    <FormDialog
      title={t("admin_registers.remove_named", { name: register.name })}
      does={t("admin_registers.remove_count", { count: plates.length })}
      color="red"
      change={{ isPending: change.isPending, error: null }}
      onSubmit={() => change.mutate()}
      onClose={onClose}
      disabled={plates.length === 0}
    >
      <Textarea
        label={t("admin_registers.plates")}
        description={t("admin_registers.plates_hint")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autoComplete="off"
        autosize
        minRows={3}
        maxRows={12}
        required
      />
      <Mistakes error={change.error} />
    </FormDialog>
  );
}

/** The one way to what is in a register: a file, for a purpose that is recorded with the name. */
export function ExportDialog({ register, onClose }: Props) {
  const { t } = useTranslation();
  const [purpose, setPurpose] = useState("");
  const change = useChange({
    run: async () => {
      const file = await take(
        client.POST("/v1/registers/{register_id}/export", {
          params: { path: { register_id: register.id } },
          body: { purpose },
          parseAs: "blob",
        }),
      );
      const url = URL.createObjectURL(file as unknown as Blob);
      const name = `register-${register.id}.csv`;
      Object.assign(document.createElement("a"), { href: url, download: name }).click();
      URL.revokeObjectURL(url);
    },
    done: t("admin_registers.exported"),
    touches: [],
    onDone: onClose,
  });
  return (
    <FormDialog
      title={t("admin_registers.export_named", { name: register.name })}
      does={t("admin_registers.export")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    >
      <Text size="sm">{t("admin_registers.export_text")}</Text>
      <TextInput
        label={t("admin_registers.purpose")}
        value={purpose}
        onChange={(event) => setPurpose(event.currentTarget.value)}
        minLength={5}
        maxLength={500}
        required
        data-autofocus
      />
    </FormDialog>
  );
}

export function HistoryDialog({ register, onClose }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useInfiniteQuery(registerVersionsQuery(register.id));
  const columns: Column<RegisterVersion>[] = [
    { title: t("admin_audit.at"), show: (version) => format.time(version.created_at) },
    {
      title: t("admin_registers.mode"),
      show: (version) => t(`admin_register_mode.${version.mode}`),
    },
    {
      title: t("admin_registers.difference"),
      show: ({ added, changed, removed }) => `+${added} ~${changed} −${removed}`,
    },
    { title: t("admin_registers.entries"), show: (version) => format.number(version.entries) },
  ];
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t("admin_registers.history_named", { name: register.name })}
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      <Listing
        label={t("admin_registers.history")}
        query={query}
        columns={columns}
        rowKey={(version) => version.id}
        empty={t("admin_registers.never_filled")}
      />
    </Modal>
  );
}
