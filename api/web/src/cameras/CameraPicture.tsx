import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import classes from "./Cameras.module.css";
import type { Camera } from "./types";

/** The newest picture, or why there is none. */
export function CameraPicture({ camera }: { camera: Camera }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [failed, setFailed] = useState<string>();
  const { picture } = camera;
  if (!picture || failed === picture.url) {
    return (
      <div className={classes.noPicture}>
        {picture ? t("picture.failed") : t("cameras.no_picture")}
      </div>
    );
  }
  return (
    <figure className={classes.picture}>
      <img
        src={picture.url}
        width={picture.width}
        height={picture.height}
        alt={t("cameras.picture_alt", { name: camera.name })}
        onError={() => setFailed(picture.url)}
      />
      <figcaption>
        {t("cameras.picture_caption", { time: format.time(picture.captured_at) })}
      </figcaption>
    </figure>
  );
}
