import { useTranslation } from "react-i18next";

import type { ShownPicture } from "../findings/pictures";
import classes from "./Evidence.module.css";

/** The part of a picture that its boxes lie in. */
export function Crop({ picture }: { picture: ShownPicture }) {
  const { t } = useTranslation();
  if (!picture.size) return null;
  const { width, height } = picture.size;
  const x = Math.min(...picture.boxes.map(({ box }) => box[0]));
  const y = Math.min(...picture.boxes.map(({ box }) => box[1]));
  const right = Math.max(...picture.boxes.map(({ box }) => box[2]));
  const bottom = Math.max(...picture.boxes.map(({ box }) => box[3]));
  return (
    <svg
      className={classes.crop}
      role="img"
      aria-label={t("evidence.crop")}
      viewBox={`${x} ${y} ${right - x} ${bottom - y}`}
    >
      <image href={picture.url} width={width} height={height} preserveAspectRatio="none" />
    </svg>
  );
}
