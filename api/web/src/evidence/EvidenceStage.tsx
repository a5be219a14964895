import type { ReactNode, Ref } from "react";

import type { Finding, FindingDetail } from "../api/types";
import { devicePair } from "./devices";
import { DeviceStage } from "./DeviceStage";
import type { ClipEvidence } from "./falls";
import { FallStage } from "./FallStage";
import { keptPair } from "./sites";
import { SiteStage } from "./SiteStage";
import type { StageKeys } from "./Stage";

interface Props {
  finding: Finding;
  detail: FindingDetail | undefined;
  label: string;
  showBoxes: boolean;
  zoomed: boolean;
  onToggleBoxes: () => void;
  onToggleZoom: () => void;
  /** What keys do in here; null where the children are shown. */
  keys: Ref<StageKeys>;
  /** The plain pictures. */
  children: ReactNode;
}

/** The pictures of a finding in the way its inspection is best judged, else the plain ones. */
export function EvidenceStage({ finding, detail, children, ...props }: Props) {
  const details = detail?.details;
  if (details?.inspection === "falling_object") {
    const evidence = detail!.evidence.find((one): one is ClipEvidence => one.clip !== null);
    if (evidence) {
      return <FallStage key={finding.id} details={details} evidence={evidence} {...props} />;
    }
  }
  if (details?.inspection === "illegal_building") {
    const kept = keptPair(detail!);
    if (kept) {
      return (
        <SiteStage
          key={finding.id}
          cameraId={finding.camera.id}
          details={details}
          kept={kept}
          {...props}
        />
      );
    }
  }
  if (details?.inspection === "camera_health") {
    const pair = devicePair(detail!);
    if (pair) {
      return (
        <DeviceStage
          key={finding.id}
          finding={finding}
          pair={pair}
          label={props.label}
          keys={props.keys}
        />
      );
    }
  }
  return children;
}
