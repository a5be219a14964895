import { Alert, Skeleton } from "@mantine/core";
import { IconEyeOff, IconTag } from "@tabler/icons-react";
import { lazy, memo, Suspense, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Finding, FindingDetail } from "../api/types";
import { EvidencePanel } from "../evidence/EvidencePanel";
import { Facts } from "../findings/Facts";
import { Nearby } from "../findings/Nearby";
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
          <Suspense fallback={<Skeleton h="100%" />}>
            <PlaceMap
              finding={finding}
              nearby={detail?.nearby ?? []}
              selectedId={screen.selected?.id}
            />
          </Suspense>
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
