import { Anchor, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useClassName } from "../findings/useClassName";
import { Undo } from "./Undo";
import type { Given } from "./useWords";

/** What was said last, and the way back from it. */
export function LastWord({ given, onUndo }: { given: Given; onUndo: () => void }) {
  const { t } = useTranslation();
  const className = useClassName();
  const { word, saved } = given;
  const [first] = word.findings;
  if (!first) return null;
  const verdict = t(`verdict.${word.verdict}`);
  return (
    <>
      <Text size="sm" c="dimmed" truncate>
        {word.findings.length > 1
          ? t("review.last_several", {
              name: className(first.class),
              verdict,
              count: word.findings.length,
            })
          : t("review.last", { name: className(first.class), verdict })}{" "}
        {word.findings.length === 1 && (
          <Anchor component={Link} to={`/findings/${first.id}`} size="sm">
            {t("review.last_look")}
          </Anchor>
        )}
      </Text>
      {saved?.undoUntil && <Undo key={word.key} until={saved.undoUntil} onUndo={onUndo} />}
    </>
  );
}
