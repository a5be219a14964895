import { useParams } from "react-router";

import { CameraPage } from "./CameraPage";
import { CameraList } from "./CameraList";

export function CamerasPage() {
  const { cameraId } = useParams();
  return cameraId ? <CameraPage key={cameraId} cameraId={cameraId} /> : <CameraList />;
}
