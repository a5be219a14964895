import { Alert, Button, Group, Loader, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { queryClient } from "../../api/client";
import { useProblemText } from "../../shared/States";
import { areasQuery, importAreas } from "../queries";
import { withDraft, withoutArea, type AreaCollection, type Draft } from "./areas";

interface Props {
  draft: Draft;
  isDeleting: boolean;
  onClose: () => void;
  onDone: () => void;
}

/** All areas as they would be, of what is in force at this moment. */
async function changed(draft: Draft, isDeleting: boolean): Promise<AreaCollection> {
  const areas = await queryClient.fetchQuery({ ...areasQuery, staleTime: 0 });
  return isDeleting ? withoutArea(areas, draft.of) : withDraft(areas, draft);
}

/** Says what would change before anything does. */
export function SaveDialog({ draft, isDeleting, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const check = useQuery({
    queryKey: ["areas", "check", draft, isDeleting],
    queryFn: async () => {
      const areas = await changed(draft, isDeleting);
      return { areas, changes: await importAreas(areas, true) };
    },
    gcTime: 0,
    retry: false,
  });
  const save = useMutation({
    mutationFn: (areas: AreaCollection) => importAreas(areas, false),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["areas"] });
      notifications.show({ color: "green", message: t("map_area.saved") });
      onDone();
    },
  });
  const error = check.error ?? save.error;
  const changes = check.data?.changes;
  const nothing =
    changes && !changes.added.length && !changes.changed.length && !changes.removed.length;
  return (
    <Modal
      opened
      onClose={onClose}
      title={isDeleting ? t("map_area.delete_title") : t("map_area.save_title")}
      closeButtonProps={{ "aria-label": t("map.close") }}
    >
      <Stack gap="sm">
        {check.isPending && <Loader size="sm" aria-label={t("error.loading")} />}
        {error && <Alert color="red">{problemText(error)}</Alert>}
        {changes && (
          <>
            <ChangeLine words={t("map_area.added")} codes={changes.added} />
            <ChangeLine words={t("map_area.changed")} codes={changes.changed} />
            <ChangeLine words={t("map_area.removed")} codes={changes.removed} />
            {nothing && <Text size="sm">{t("map_area.nothing")}</Text>}
            <Text size="sm" c="dimmed">
              {t("map_area.consequence")}
            </Text>
            {changes.warnings.length > 0 && (
              <Alert color="yellow" title={t("map_area.warnings")}>
                {changes.warnings.slice(0, 5).map((warning) => (
                  <Text key={warning} size="sm">
                    {warning}
                  </Text>
                ))}
              </Alert>
            )}
          </>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("map_area.back")}
          </Button>
          <Button
            color={isDeleting ? "red" : undefined}
            disabled={!changes || nothing}
            loading={save.isPending}
            onClick={() => save.mutate(check.data!.areas)}
          >
            {isDeleting ? t("map_area.delete") : t("map_area.save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function ChangeLine({ words, codes }: { words: string; codes: string[] }) {
  if (codes.length === 0) return null;
  return (
    <Text size="sm">
      {words} {codes.join(", ")}
    </Text>
  );
}
