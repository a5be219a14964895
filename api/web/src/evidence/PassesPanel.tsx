import { Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { FindingDetail } from "../api/types";
import type { ShownPicture } from "../findings/pictures";
import { useFormat } from "../i18n/format";
import classes from "./Evidence.module.css";

interface Props {
  detail: FindingDetail;
  pictures: ShownPicture[];
  index: number;
  onSelect: (index: number) => void;
}

/** The passes that saw a place, newest first; one with a picture shows it. */
export function PassesPanel({ detail, pictures, index, onSelect }: Props) {
  const { t } = useTranslation();
  return (
    <section aria-label={t("evidence.looks")}>
      <Title order={2} size="h6" mb={6}>
        {t("evidence.looks")}
      </Title>
      {detail.passes.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("evidence.looks_none")}
        </Text>
      ) : (
        <ol className={classes.passes}>
          {detail.passes.map((look) => {
            const url = detail.evidence.find(({ id }) => id === look.evidence_id)?.plain_url;
            const picture = pictures.findIndex((shown) => shown.url === url);
            return (
              <li key={look.id}>
                {picture < 0 ? (
                  <div className={classes.pass}>
                    <Look look={look} />
                  </div>
                ) : (
                  <button
                    type="button"
                    className={classes.pass}
                    aria-pressed={picture === index}
                    onClick={() => onSelect(picture)}
                  >
                    <Look look={look} />
                  </button>
                )}
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}

function Look({ look }: { look: FindingDetail["passes"][number] }) {
  const { t } = useTranslation();
  const { shortTime, percent } = useFormat();
  return (
    <>
      <Text component="span" size="sm" truncate>
        {look.camera.name}
      </Text>
      <span className={classes.figure}>{look.score != null && percent(look.score)}</span>
      <Text component="span" size="xs" c="dimmed">
        <time dateTime={look.last_at}>{shortTime(look.last_at)}</time> ·{" "}
        {t("evidence.look_frames", { count: look.frames })}
      </Text>
      <Text component="span" size="xs" c="dimmed" className={classes.figure}>
        {t("finding.size_value", { metres: look.size_m.toFixed(1) })}
      </Text>
    </>
  );
}
