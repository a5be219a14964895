import { Anchor, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { ApiError } from "../api/errors";
import type { Finding } from "../api/types";
import { useClassName } from "../findings/useClassName";
import { useProblemText } from "../shared/States";
import { isElsewhere } from "./useWords";

const KINDLY_MS = 10_000;

/** Tell what did not go as a person meant it to, with a way to look at the finding. */
export function useTell() {
  const { t } = useTranslation();
  const className = useClassName();
  const problemText = useProblemText();
  const navigate = useNavigate();

  function show(finding: Finding, kindly: boolean, title: string, message: string) {
    const id = notifications.show({
      color: kindly ? "orange" : "red",
      autoClose: kindly ? KINDLY_MS : false,
      title,
      message: (
        <>
          <Text size="sm">{message}</Text>
          {/* Notifications stand outside the router, so this is no <Link>. */}
          <Anchor
            component="button"
            size="sm"
            onClick={() => {
              notifications.hide(id);
              void navigate(`/findings/${finding.id}`);
            }}
          >
            {t("review.open")}
          </Anchor>
        </>
      ),
    });
  }

  return {
    notSaved: (error: unknown, finding: Finding) => {
      const name = className(finding.class);
      if (!isElsewhere(error)) {
        const detail = problemText(error);
        show(finding, false, t("review.failed_title"), t("review.failed", { name, detail }));
      } else if (error.code === "finding-held") {
        show(finding, true, t("review.held_title"), t("review.held", { name }));
      } else {
        show(finding, true, t("review.conflict_title"), t("review.conflict", { name }));
      }
    },
    notUndone: (error: unknown, finding: Finding) => {
      const name = className(finding.class);
      const late = error instanceof ApiError && error.code === "undo-too-late";
      const text = late ? t("review.undo_late", { name }) : problemText(error);
      show(finding, late, t("review.undo_failed"), text);
    },
    takenOver: (finding: Finding) =>
      show(
        finding,
        true,
        t("review.lost_title"),
        t("review.lost", { name: className(finding.class) }),
      ),
  };
}
