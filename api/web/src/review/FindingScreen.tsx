import { useClassName } from "../findings/useClassName";
import { Skeleton } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { findingQuery } from "../api/queries";
import type { Finding, ReviewRequest } from "../api/types";
import { EvidencePanel } from "../evidence/EvidencePanel";
import { EvidenceStage } from "../evidence/EvidenceStage";
import type { StageKeys } from "../evidence/Stage";
import { Facts } from "../findings/Facts";
import { Nearby } from "../findings/Nearby";
import { PictureStrip } from "../findings/PictureStrip";
import { PictureViewer } from "../findings/PictureViewer";
import { usePermission } from "../session/useSession";
import { useKeys } from "../shared/useKeys";
import { KEYS_ENABLED, reviewKeys } from "./keys";
import classes from "./Review.module.css";
import { ReviewBar } from "./ReviewBar";
import { useScreen } from "./useScreen";
import { allowedVerdicts } from "./verdicts";

const PlaceMap = lazy(async () => ({ default: (await import("../map/PlaceMap")).PlaceMap }));

interface Props {
  finding: Finding;
  onVerdict: (request: ReviewRequest) => void;
  onHelp: () => void;
  /** False while something lies over the page. */
  listening: boolean;
  children?: ReactNode;
}

/** One finding, all that is known of it, and what can be said of it. */
export function FindingScreen({ finding, onVerdict, onHelp, listening, children }: Props) {
  const { t } = useTranslation();
  const className = useClassName();
  const { data: detail } = useQuery(findingQuery(finding.id));
  const screen = useScreen(finding, detail);
  const may = {
    review: usePermission("findings:review"),
    reopen: usePermission("findings:reopen"),
  };
  const allowed = allowedVerdicts(finding, detail, may);
  const [keysEnabled] = useLocalStorage(KEYS_ENABLED);
  const stage = useRef<StageKeys>(null);
  useKeys(
    reviewKeys({ screen, stage, allowed, give: onVerdict, help: onHelp }),
    keysEnabled && listening,
  );

  const name = className(finding.class);
  const picture = screen.picture;
  const view = {
    label: t("picture.alt", {
      name,
      camera: finding.camera.name,
      count: picture?.boxes.length ?? 0,
    }),
    showBoxes: screen.showBoxes,
    zoomed: screen.zoomed,
    onToggleBoxes: screen.toggleBoxes,
    onToggleZoom: screen.toggleZoom,
  };
  return (
    <div className={classes.screen}>
      <div className={classes.picture}>
        <EvidenceStage finding={finding} detail={detail} keys={stage} {...view}>
          <PictureViewer picture={picture} {...view} />
          <PictureStrip
            pictures={screen.pictures}
            index={screen.pictureIndex}
            onSelect={screen.showPicture}
          />
        </EvidenceStage>
      </div>
      <div className={classes.barArea}>
        <ReviewBar finding={finding} screen={screen} allowed={allowed} give={onVerdict} />
      </div>
      <aside className={classes.side}>
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
    </div>
  );
}
