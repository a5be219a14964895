import { useEffect, useState } from "react";

import type { Camera } from "../types";
import type { Size } from "./corners";

export interface Backdrop {
  url: string;
  /** In whose pixels corners are told. */
  size: Size;
}

/**
 * What is drawn on: the camera's newest picture or a picture of this computer, which is not sent
 * anywhere.
 */
export function usePicture(camera: Camera) {
  const [own, setOwn] = useState<Backdrop>();
  const [file, setFile] = useState<File | null>(null);
  useEffect(() => {
    if (!file) return setOwn(undefined);
    const url = URL.createObjectURL(file);
    const image = new Image();
    image.onload = () =>
      setOwn({ url, size: { width: image.naturalWidth, height: image.naturalHeight } });
    image.onerror = () => setFile(null);
    image.src = url;
    return () => URL.revokeObjectURL(url);
  }, [file]);
  const { picture } = camera;
  const backdrop: Backdrop | undefined =
    own ?? (picture ? { url: picture.url, size: picture } : undefined);
  return { backdrop, file, setFile };
}
