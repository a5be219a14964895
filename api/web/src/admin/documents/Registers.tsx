import { Button, Group, Select, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../../api/client";
import { useFormat } from "../../i18n/format";
import { usePermission } from "../../session/useSession";
import { ConfirmDialog, FormDialog } from "../../shared/dialogs";
import { Listing, type Column } from "../parts/Listing";
import { RowMenu } from "../parts/RowMenu";
import { Section } from "../parts/Section";
import { useChange } from "../parts/useChange";
import { registersQuery } from "../queries";
import type { Register } from "../types";
import { ExportDialog, FillDialog, HistoryDialog, RemoveDialog } from "./RegisterDialogs";

const KINDS = ["emissions", "inspection_overdue", "hazmat_route", "custom"] as const;

type Doing =
  | { what: "fill" | "remove" | "export" | "history" | "delete"; register: Register }
  | { what: "make" };

/** Lists of plates. What is in them never shows here. */
export function Registers() {
  const { t } = useTranslation();
  const format = useFormat();
  const mayManage = usePermission("registers:manage");
  const mayExport = usePermission("registers:export");
  const query = useInfiniteQuery(registersQuery);
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => setDoing(null);
  const columns: Column<Register>[] = [
    { title: t("admin_registers.name"), show: (register) => register.name },
    {
      title: t("admin_registers.kind"),
      show: (register) => t(`admin_register_kind.${register.kind}`),
    },
    { title: t("admin_registers.entries"), show: (register) => format.number(register.entries) },
    {
      title: t("admin_registers.updated"),
      show: (register) => (
        <>
          {format.time(register.updated_at)}
          <Text size="xs" c="dimmed">
            {t("admin_registers.changes", { count: register.version })}
          </Text>
        </>
      ),
    },
    {
      title: "",
      show: (register) => (
        <Group gap={4} justify="flex-end" wrap="nowrap">
          {mayManage && (
            <Button
              size="compact-sm"
              variant="light"
              onClick={() => setDoing({ what: "fill", register })}
            >
              {t("admin_registers.fill")}
            </Button>
          )}
          <RowMenu
            label={t("admin.actions_of", { name: register.name })}
            actions={[
              {
                label: t("admin_registers.history"),
                run: () => setDoing({ what: "history", register }),
              },
              ...(mayManage
                ? [
                    {
                      label: t("admin_registers.remove"),
                      run: () => setDoing({ what: "remove", register }),
                    },
                  ]
                : []),
              ...(mayExport
                ? [
                    {
                      label: t("admin_registers.export"),
                      run: () => setDoing({ what: "export", register }),
                    },
                  ]
                : []),
              ...(mayManage
                ? [
                    {
                      label: t("admin_registers.delete"),
                      color: "red",
                      run: () => setDoing({ what: "delete", register }),
                    },
                  ]
                : []),
            ]}
          />
        </Group>
      ),
    },
  ];
  return (
    <Section
      title={t("admin_section.registers")}
      hint={t("admin_registers.hint")}
      action={
        mayManage && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setDoing({ what: "make" })}>
            {t("admin_registers.make")}
          </Button>
        )
      }
    >
      <Listing
        label={t("admin_section.registers")}
        query={query}
        columns={columns}
        rowKey={(register) => register.id}
        empty={t("admin_registers.none")}
      />
      {doing?.what === "make" && <RegisterDialog onClose={close} />}
      {doing?.what === "fill" && <FillDialog register={doing.register} onClose={close} />}
      {doing?.what === "remove" && <RemoveDialog register={doing.register} onClose={close} />}
      {doing?.what === "export" && <ExportDialog register={doing.register} onClose={close} />}
      {doing?.what === "history" && <HistoryDialog register={doing.register} onClose={close} />}
      {doing?.what === "delete" && <DeleteDialog register={doing.register} onClose={close} />}
    </Section>
  );
}

function RegisterDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Register["kind"]>("emissions");
  const change = useChange({
    run: () => take(client.POST("/v1/registers", { body: { name, kind } })),
    done: t("admin.saved"),
    touches: ["registers"],
    onDone: onClose,
  });
  return (
    <FormDialog
      title={t("admin_registers.make")}
      does={t("admin_registers.make")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    >
      <TextInput
        label={t("admin_registers.name")}
        description={t("admin_registers.name_hint")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={120}
        required
        data-autofocus
      />
      <Select
        label={t("admin_registers.kind")}
        data={KINDS.map((value) => ({ value, label: t(`admin_register_kind.${value}`) }))}
        value={kind}
        onChange={(value) => value && setKind(value as Register["kind"])}
        allowDeselect={false}
      />
    </FormDialog>
  );
}

function DeleteDialog({ register, onClose }: { register: Register; onClose: () => void }) {
  const { t } = useTranslation();
  const change = useChange({
    run: () =>
      take(
        client.DELETE("/v1/registers/{register_id}", {
          params: { path: { register_id: register.id } },
        }),
      ),
    done: t("admin_registers.deleted"),
    touches: ["registers"],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title={t("admin_registers.delete_named", { name: register.name })}
      text={t("admin_registers.delete_sure", { count: register.entries })}
      does={t("admin_registers.delete")}
      change={change}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    />
  );
}
