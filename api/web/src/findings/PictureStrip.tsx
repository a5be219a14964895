import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import type { ShownPicture } from "./pictures";
import classes from "./PictureViewer.module.css";

interface Props {
  pictures: ShownPicture[];
  index: number;
  onSelect: (index: number) => void;
}

export function PictureStrip({ pictures, index, onSelect }: Props) {
  const { t } = useTranslation();
  const { time } = useFormat();
  if (pictures.length < 2) return null;
  return (
    <div className={classes.strip} role="group" aria-label={t("picture.others")}>
      {pictures.map((picture, position) => {
        const label = t("picture.other", {
          index: position + 1,
          time: picture.capturedAt ? time(picture.capturedAt) : "",
        });
        return (
          <button
            key={picture.url}
            type="button"
            className={classes.thumbnail}
            aria-pressed={position === index}
            aria-label={label}
            title={label}
            onClick={() => onSelect(position)}
          >
            <img src={picture.url} alt="" loading="lazy" />
          </button>
        );
      })}
    </div>
  );
}
