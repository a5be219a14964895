import "@annotorious/react/annotorious-react.css";

import {
  createImageAnnotator,
  ShapeType,
  type AnnotoriousImageAnnotator,
  type ImageAnnotation,
  type RectangleGeometry,
} from "@annotorious/react";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";

import type { ShownPicture } from "./pictures";
import { inParts, inPixels, type Box, type DrawnBox } from "./viewBox";

const LEAST_PX = 4;

interface Boxes {
  list: { id: string; box: DrawnBox }[];
  selectedId: string | undefined;
}

function annotationOf({ class: name }: DrawnBox, box: Box, id: string): ImageAnnotation {
  const [minX, minY, maxX, maxY] = box;
  const geometry: RectangleGeometry = {
    x: minX,
    y: minY,
    w: maxX - minX,
    h: maxY - minY,
    bounds: { minX, minY, maxX, maxY },
  };
  return {
    id,
    bodies: [{ id: `${id} class`, annotation: id, purpose: "classifying", value: name }],
    target: { annotation: id, selector: { type: ShapeType.RECTANGLE, geometry } },
  };
}

function boxOf({ target }: ImageAnnotation): Box {
  const { minX, minY, maxX, maxY } = target.selector.geometry.bounds;
  return [minX, minY, maxX, maxY];
}

/**
 * Boxes that a person draws, moves and sizes over a picture with Annotorious.
 *
 * @param image the picture, decoded.
 * @param picture what is known of it: the model's boxes are there at the beginning,
 * @param drawn unless these were drawn before.
 * @param newClass the class of a box that is new.
 */
export function useBoxes(
  image: HTMLImageElement | undefined,
  picture: ShownPicture,
  drawn: readonly DrawnBox[] | undefined,
  newClass: string,
) {
  const { ref: sized, width, height } = useElementSize<HTMLDivElement>();
  const frame = useRef<HTMLDivElement>(null);
  const [annotator, setAnnotator] = useState<AnnotoriousImageAnnotator>();
  const [boxes, setBoxes] = useState<Boxes>({ list: [], selectedId: undefined });

  useEffect(() => {
    const host = frame.current;
    if (!image || !host) return;
    const drawing = image.cloneNode() as HTMLImageElement;
    host.append(drawing);
    const size = { width: image.naturalWidth, height: image.naturalHeight };
    const made = createImageAnnotator(drawing, { autoSave: true });
    const read = () =>
      setBoxes({
        list: made.getAnnotations().map((one) => ({
          id: one.id,
          box: inParts(one.bodies[0]?.value ?? newClass, boxOf(one), size),
        })),
        selectedId: made.getSelected()[0]?.id,
      });
    const given =
      drawn ?? picture.boxes.map((one) => inParts(one.class, one.box, picture.size ?? size));
    made.setAnnotations(
      given.map((box, index) => annotationOf(box, inPixels(box, size), `given ${index}`)),
    );
    for (const event of ["createAnnotation", "updateAnnotation", "deleteAnnotation"] as const) {
      made.on(event, read);
    }
    made.on("selectionChanged", read);
    made.state.store.observe(read);
    setAnnotator(made);
    read();
    return () => {
      setAnnotator(undefined);
      made.destroy();
      drawing.remove();
    };
    // What is given at the beginning is read once.
  }, [image]);

  useEffect(() => {
    const drawing = frame.current?.querySelector("img");
    if (!annotator || !drawing || !image || !width || !height) return;
    const scale = Math.min(width / image.naturalWidth, height / image.naturalHeight);
    drawing.width = Math.round(image.naturalWidth * scale);
    drawing.height = Math.round(image.naturalHeight * scale);
  }, [annotator, image, width, height]);

  const size = image && { width: image.naturalWidth, height: image.naturalHeight };

  function replace(id: string, change: (box: Box) => Box, name?: string) {
    const old = annotator?.getAnnotationById(id);
    if (!annotator || !old || !size) return;
    const [x1, y1, x2, y2] = change(boxOf(old));
    const within = (value: number, whole: number) => Math.min(Math.max(value, 0), whole);
    const box: Box = [
      within(x1, size.width - LEAST_PX),
      within(y1, size.height - LEAST_PX),
      within(Math.max(x2, x1 + LEAST_PX), size.width),
      within(Math.max(y2, y1 + LEAST_PX), size.height),
    ];
    const drawn = inParts(name ?? old.bodies[0]?.value ?? newClass, box, size);
    annotator.updateAnnotation(annotationOf(drawn, box, id));
    annotator.setSelected(id);
  }

  return {
    ref: useMergedRef(frame, sized),
    list: boxes.list,
    selected: boxes.list.find(({ id }) => id === boxes.selectedId),
    select: (id: string) => annotator?.setSelected(id),
    remove: (id: string) => annotator?.removeAnnotation(id),
    setClass: (id: string, name: string) => replace(id, (box) => box, name),
    /** Move the corners of a box by parts of the picture. */
    shift: (id: string, [left, top, right, bottom]: Box) =>
      size &&
      replace(id, ([x1, y1, x2, y2]) => [
        x1 + left * size.width,
        y1 + top * size.height,
        x2 + right * size.width,
        y2 + bottom * size.height,
      ]),
    add: (box: DrawnBox) => {
      if (!annotator || !size) return;
      const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
      annotator.addAnnotation(annotationOf(box, inPixels(box, size), id));
      annotator.setSelected(id);
    },
  };
}
