import { Alert, Skeleton } from "@mantine/core";
import { IconEyeOff, IconTag } from "@tabler/icons-react";
import { lazy, memo, Suspense, useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Finding, FindingDetail } from "../api/types";
import { EvidencePanel } from "../evidence/EvidencePanel";
import { Facts } from "../findings/Facts";
import { Nearby } from "../findings/Nearby";
import { loadPicture } from "../findings/pictures";
import { useClassName } from "../findings/useClassName";
import classes from "./Review.module.css";
import type { Screen } from "./useScreen";

const PlaceMap = lazy(async () => ({ default: (await import("../map/PlaceMap")).PlaceMap }));

export interface SideContent {
  finding: Finding;
  detail: FindingDetail | undefined;
  screen: Screen;
  blind: boolean;
  children: ReactNode;
}

/** What is known of a finding beside its pictures: facts, place, and what is near. */
export const Side = memo(function Side({ content }: { content: SideContent }) {
  const { t } = useTranslation();
  const className = useClassName();
  const { finding, detail, screen, blind, children } = content;
  const drawsMap = useAfterPicture(detail, screen.pictures[0]?.url);
  return (
    <aside className={classes.side}>
      {blind && (
        <Alert p="xs" color="grape" icon={<IconEyeOff size={18} />} title={t("review.blind")}>
          {t("review.blind_hint")}
        </Alert>
      )}
      {screen.rightClass && (
        <Alert p="xs" color="blue" icon={<IconTag size={18} />}>
          {t("review.class_corrected", { name: className(screen.rightClass) })}
        </Alert>
      )}
      <Facts finding={finding} detail={detail} />
      {detail && (
        <EvidencePanel
          finding={finding}
          detail={detail}
          pictures={screen.pictures}
          index={screen.pictureIndex}
          onSelect={screen.showPicture}
        />
      )}
      {finding.latitude != null && (
        <div className={classes.place}>
          {drawsMap ? (
            <Suspense fallback={<Skeleton h="100%" />}>
              <PlaceMap
                finding={finding}
                nearby={detail?.nearby ?? []}
                selectedId={screen.selected?.id}
              />
            </Suspense>
          ) : (
            <Skeleton h="100%" />
          )}
        </div>
      )}
      {detail ? (
        <Nearby
          detail={detail}
          originals={screen.originals}
          selectedId={screen.selected?.id}
          onSelect={screen.select}
        />
      ) : (
        <Skeleton h={90} />
      )}
      {children}
    </aside>
  );
});

/**
 * Whether the first picture of a finding has been seen: the library of maps is larger than all else
 * of the page, and nobody waits for it.
 */
function useAfterPicture(detail: FindingDetail | undefined, url: string | undefined): boolean {
  const [after, setAfter] = useState(false);
  useEffect(() => {
    if (after || !detail) return;
    let wanted = true;
    const seen = () => wanted && setAfter(true);
    (url ? loadPicture(url) : Promise.resolve()).then(seen, seen);
    return () => {
      wanted = false;
    };
  }, [after, detail, url]);
  return after;
}
