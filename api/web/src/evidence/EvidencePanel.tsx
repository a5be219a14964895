import type { Finding, FindingDetail } from "../api/types";
import type { ShownPicture } from "../findings/pictures";
import { DevicePanel } from "./DevicePanel";
import { Original } from "./Original";
import { PassesPanel } from "./PassesPanel";
import { PestPanel } from "./PestPanel";
import { SitePanel } from "./SitePanel";
import { ViolationPanel } from "./ViolationPanel";

interface Props {
  finding: Finding;
  detail: FindingDetail;
  pictures: ShownPicture[];
  /** Of the picture that is shown. */
  index: number;
  onSelect: (index: number) => void;
}

/** What only the inspection of a finding knows, beside its pictures. */
export function EvidencePanel({ finding, detail, pictures, index, onSelect }: Props) {
  const shown = detail.evidence.find(({ plain_url }) => plain_url === pictures[index]?.url);
  return (
    <>
      <Inspected
        finding={finding}
        detail={detail}
        pictures={pictures}
        index={index}
        onSelect={onSelect}
      />
      {shown?.redacted && <Original key={shown.id} evidence={shown} />}
    </>
  );
}

function Inspected({ finding, detail, pictures, index, onSelect }: Props) {
  const { details } = detail;
  switch (details?.inspection) {
    case "illegal_building":
      return <SitePanel details={details} />;
    case "checkpoint_vehicle":
      return <ViolationPanel finding={finding} details={details} picture={pictures[index]} />;
    case "crop_pest":
      return <PestPanel details={details} />;
    case "camera_health":
      return <DevicePanel details={details} />;
    case "falling_object":
      return null;
    default:
      return <PassesPanel detail={detail} pictures={pictures} index={index} onSelect={onSelect} />;
  }
}
