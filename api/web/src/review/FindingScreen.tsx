import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useDeferredValue, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { findingQuery } from "../api/queries";
import type { Finding, ReviewRequest } from "../api/types";
import { EvidenceStage } from "../evidence/EvidenceStage";
import type { StageKeys } from "../evidence/Stage";
import { PictureStrip } from "../findings/PictureStrip";
import { PictureViewer } from "../findings/PictureViewer";
import { useClassName } from "../findings/useClassName";
import { usePermission } from "../session/useSession";
import { useKeys } from "../shared/useKeys";
import { boundTo, findingActions } from "./actions";
import { useKeyMap } from "../shared/keyMap";
import classes from "./Review.module.css";
import { ReviewBar } from "./ReviewBar";
import { Side } from "./Side";
import { useClassNames } from "./useClassNames";
import { useScreen } from "./useScreen";
import { allowedVerdicts, SECOND_VERDICTS } from "./verdicts";

const BoxEditor = lazy(async () => ({
  default: (await import("../findings/BoxEditor")).BoxEditor,
}));

interface Props {
  finding: Finding;
  /** Somebody else has judged it; this is the second word, given without knowing the first. */
  blind?: boolean;
  onVerdict: (request: ReviewRequest) => void;
  /** False while something lies over the page. */
  listening: boolean;
  children?: ReactNode;
}

/** One finding, all that is known of it, and what can be said of it. */
export function FindingScreen({ finding, blind = false, onVerdict, listening, children }: Props) {
  const { t } = useTranslation();
  const className = useClassName();
  const { data: detail } = useQuery(findingQuery(finding.id));
  const screen = useScreen(finding, detail);
  const may = {
    review: usePermission("findings:review"),
    reopen: usePermission("findings:reopen"),
  };
  const allowed = blind ? SECOND_VERDICTS : allowedVerdicts(finding, detail, may);
  const classNames = useClassNames(finding, blind);
  const { keys, enabled } = useKeyMap();
  const stage = useRef<StageKeys>(null);
  const confirm = () => onVerdict({ verdict: "confirm", ...screen.corrections });
  useKeys(
    {
      ...boundTo(
        keys,
        findingActions({ screen, stage, allowed, classNames, give: onVerdict, confirm }),
      ),
      Escape: screen.choosing && (() => screen.choose(undefined)),
    },
    enabled && listening && !screen.editing,
  );

  // The picture comes first: what stands beside it, the map above all, takes longer to draw.
  const side = useDeferredValue({ finding, detail, screen, blind, children });

  const name = className(finding.class);
  const { picture } = screen;
  const drawn = picture && screen.drawn[picture.evidenceId];
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
    <div className={classes.screen} data-finding={finding.id}>
      <div className={classes.picture}>
        {screen.editing && picture ? (
          <Suspense fallback={<Skeleton h="100%" />}>
            <BoxEditor
              key={picture.evidenceId}
              picture={picture}
              drawn={drawn}
              classNames={classNames.drawable}
              newClass={screen.rightClass ?? finding.class}
              doneKey={enabled ? keys.edit : undefined}
              onDone={(boxes) => screen.draw(picture.evidenceId, boxes)}
              onCancel={() => screen.edit(false)}
            />
          </Suspense>
        ) : (
          <EvidenceStage finding={finding} detail={detail} keys={stage} {...view}>
            <PictureViewer picture={picture} drawn={drawn} {...view} />
            <PictureStrip
              pictures={screen.pictures}
              index={screen.pictureIndex}
              onSelect={screen.showPicture}
            />
          </EvidenceStage>
        )}
      </div>
      <div className={classes.barArea}>
        <ReviewBar
          finding={finding}
          screen={screen}
          allowed={allowed}
          classNames={classNames}
          give={onVerdict}
          confirm={confirm}
        />
      </div>
      <Side content={side} />
    </div>
  );
}
