import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Case } from "../api/types";
import { useFormat } from "../i18n/format";
import { isWithDepartment } from "./steps";

type Timed = Pick<Case, "state" | "due_at">;

/** How long a department still has, or for how long it has been late; nothing where nothing runs. */
export function Due({ shown }: { shown: Timed }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!shown.due_at || !isWithDepartment(shown.state)) return null;
  const late = new Date(shown.due_at).getTime() < Date.now();
  return (
    <Text
      component="time"
      dateTime={shown.due_at}
      title={format.time(shown.due_at)}
      size="xs"
      fw={late ? 600 : 400}
    >
      {t(late ? "cases.late_since" : "cases.due_in", { when: format.ago(shown.due_at) })}
    </Text>
  );
}
