import { useTranslation } from "react-i18next";

import type { ShownPicture } from "../findings/pictures";
import { viewBoxOf } from "../findings/viewBox";
import classes from "./Evidence.module.css";

/** The part of a picture that its boxes lie in. */
export function Crop({ picture }: { picture: ShownPicture }) {
  const { t } = useTranslation();
  if (!picture.size) return null;
  const { width, height } = picture.size;
  const { x, y, ...part } = viewBoxOf(
    picture.size,
    picture.boxes.map(({ box }) => box),
  );
  return (
    <svg
      className={classes.crop}
      role="img"
      aria-label={t("evidence.crop")}
      viewBox={`${x} ${y} ${part.width} ${part.height}`}
      preserveAspectRatio="xMidYMid slice"
    >
      <image href={picture.url} width={width} height={height} preserveAspectRatio="none" />
    </svg>
  );
}
