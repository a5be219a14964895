import "@annotorious/react/annotorious-react.css";

import {
  Annotorious,
  ImageAnnotator,
  Origin,
  useAnnotator,
  UserSelectAction,
  type AnnotoriousImageAnnotator,
  type ImageAnnotation,
} from "@annotorious/react";
import { useEffect, useRef, type ReactNode, type RefObject } from "react";
import { useTranslation } from "react-i18next";

import { annotationOf, cornersOf, sameCorners, type Corner, type Size } from "./corners";
import classes from "./Drawing.module.css";

const ID = "drawn";

interface Props {
  url: string;
  alt: string;
  /** What is drawn, in shares of the picture; null while nothing is. */
  corners: readonly Corner[] | null;
  onChange: (corners: Corner[] | null) => void;
  disabled?: boolean;
  /** How many corners there must be; a shape that is given another one is put back. */
  exactly?: number;
  /** Drawn over the picture, in a viewBox of 1 by 1. */
  children?: ReactNode;
}

/** One polygon in a picture, drawn and moved by mouse or pen; `CornerList` does it by keyboard. */
export function PolygonDrawing(props: Props) {
  const { t } = useTranslation();
  const { url, alt, corners, onChange, disabled, exactly, children } = props;
  const image = useRef<HTMLImageElement>(null);
  return (
    <div className={classes.stage}>
      <Annotorious>
        <ImageAnnotator
          tool="polygon"
          drawingMode="click"
          drawingEnabled={!disabled && corners === null && exactly === undefined}
          userSelectAction={disabled ? UserSelectAction.NONE : UserSelectAction.EDIT}
          autoSave
        >
          <img ref={image} src={url} alt={alt} className={classes.picture} />
        </ImageAnnotator>
        <Shape
          image={image}
          corners={corners}
          onChange={onChange}
          disabled={disabled}
          exactly={exactly}
        />
      </Annotorious>
      <svg className={classes.overlay} viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden>
        {children}
      </svg>
      {corners === null && !disabled && exactly === undefined && (
        <p className={classes.hint}>{t("drawing.hint")}</p>
      )}
    </div>
  );
}

type ShapeProps = Pick<Props, "corners" | "onChange" | "disabled" | "exactly"> & {
  image: RefObject<HTMLImageElement | null>;
};

/** Keeps what Annotorious holds and what the page holds the same. */
function Shape({ image, corners, onChange, disabled, exactly }: ShapeProps) {
  const annotator = useAnnotator<AnnotoriousImageAnnotator | null>();
  const latest = useRef({ corners, onChange });
  useEffect(() => {
    latest.current = { corners, onChange };
  }, [corners, onChange]);

  useEffect(() => {
    if (!annotator) return;
    const { store } = annotator.state;
    const observe = () => {
      const drawn = store.all().at(-1) as ImageAnnotation | undefined;
      const now = drawn ? cornersOf(drawn, sizeOf(image.current!)) : null;
      if (!now || exactly === undefined || now.length === exactly) latest.current.onChange(now);
      else hold(annotator, latest.current.corners, image.current!);
    };
    store.observe(observe, { origin: Origin.LOCAL });
    return () => store.unobserve(observe);
  }, [annotator, image, exactly]);

  useEffect(() => {
    if (!annotator) return;
    const [held] = annotator.getAnnotations() as ImageAnnotation[];
    const known = held ? cornersOf(held, sizeOf(image.current!)) : null;
    if (sameCorners(known, corners)) return;
    hold(annotator, corners, image.current!);
    if (corners && !disabled) annotator.setSelected(ID, true);
  }, [annotator, corners, image, disabled]);
  return null;
}

function hold(
  annotator: AnnotoriousImageAnnotator,
  corners: readonly Corner[] | null,
  image: HTMLImageElement,
) {
  annotator.setAnnotations(corners ? [annotationOf(ID, corners, sizeOf(image))] : []);
}

// The annotator is there once the picture is loaded, and measures in its own pixels.
const sizeOf = ({ naturalWidth, naturalHeight }: HTMLImageElement): Size => ({
  width: naturalWidth,
  height: naturalHeight,
});
