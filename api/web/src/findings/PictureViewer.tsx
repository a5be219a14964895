import { useClassName } from "./useClassName";
import { Button, Center, Group, Loader, Stack, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import {
  IconFocusCentered,
  IconPhotoOff,
  IconPlayerPlay,
  IconSquareDashed,
} from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import { Tool } from "../shared/Tool";
import { useLoadedPicture, type ShownPicture } from "./pictures";
import classes from "./PictureViewer.module.css";
import { inPixels, viewBoxOf, type DrawnBox } from "./viewBox";

const LABEL_PX = 13;
const MOST_LABELS = 12; // of more, the words would hide what they name

interface Props {
  picture: ShownPicture | undefined;
  /** What a person drew in this picture; shown instead of the model's boxes. */
  drawn?: readonly DrawnBox[];
  label: string;
  showBoxes: boolean;
  zoomed: boolean;
  onToggleBoxes: () => void;
  onToggleZoom: () => void;
}

export function PictureViewer({ picture, ...rest }: Props) {
  const { t } = useTranslation();
  return (
    <div className={classes.stage}>
      {picture ? (
        <LoadedPicture key={picture.url} picture={picture} {...rest} />
      ) : (
        <Message text={t("picture.none")} />
      )}
    </div>
  );
}

function LoadedPicture({
  picture,
  drawn,
  label,
  showBoxes,
  zoomed,
  ...toggle
}: Props & { picture: ShownPicture }) {
  const { t } = useTranslation();
  const [attempt, setAttempt] = useState(0);
  const [playing, setPlaying] = useState(false);
  const loaded = useLoadedPicture(picture.url, attempt);
  if (loaded.state === "failed") {
    return (
      <Message text={t("picture.failed")}>
        <Button size="xs" variant="default" onClick={() => setAttempt(attempt + 1)}>
          {t("error.retry")}
        </Button>
      </Message>
    );
  }
  if (loaded.state === "loading") {
    return (
      <Center h="100%">
        <Loader color="gray.5" />
      </Center>
    );
  }
  const size = picture.size ?? loaded;
  return (
    <>
      {playing && picture.clipUrl ? (
        <video className={classes.drawing} src={picture.clipUrl} controls autoPlay muted loop />
      ) : (
        <Drawing
          picture={picture}
          drawn={drawn}
          size={size}
          label={label}
          showBoxes={showBoxes}
          zoomed={zoomed}
        />
      )}
      <Group className={classes.tools} gap={6}>
        {picture.clipUrl && (
          <Tool
            label={t("picture.video")}
            pressed={playing}
            onClick={() => setPlaying(!playing)}
            Icon={IconPlayerPlay}
          />
        )}
        <Tool
          label={t("picture.boxes")}
          action="boxes"
          pressed={showBoxes}
          onClick={toggle.onToggleBoxes}
          Icon={IconSquareDashed}
        />
        <Tool
          label={t("picture.zoom")}
          action="zoom"
          pressed={zoomed}
          onClick={toggle.onToggleZoom}
          Icon={IconFocusCentered}
        />
      </Group>
    </>
  );
}

interface DrawingProps {
  picture: ShownPicture;
  drawn: readonly DrawnBox[] | undefined;
  size: { width: number; height: number };
  label: string;
  showBoxes: boolean;
  zoomed: boolean;
}

/** Picture and boxes in one coordinate system, the frame's pixels; zooming moves the view box. */
function Drawing({ picture, drawn, size, label, showBoxes, zoomed }: DrawingProps) {
  const className = useClassName();
  const { percent } = useFormat();
  const { ref, width, height } = useElementSize<HTMLDivElement>();
  const boxes = drawn
    ? drawn.map((one) => ({ text: className(one.class), box: inPixels(one, size) }))
    : picture.boxes.map(({ class: name, score, box }) => ({
        text: score == null ? className(name) : `${className(name)} ${percent(score)}`,
        box,
      }));
  const view = viewBoxOf(size, zoomed ? boxes.map(({ box }) => box) : []);
  const pixel = width && height ? Math.max(view.width / width, view.height / height) : 1;
  const fontSize = LABEL_PX * pixel;
  return (
    <div ref={ref} className={classes.canvas}>
      <svg
        role="img"
        aria-label={label}
        className={classes.drawing}
        viewBox={`${view.x} ${view.y} ${view.width} ${view.height}`}
      >
        <image
          href={picture.url}
          width={size.width}
          height={size.height}
          preserveAspectRatio="none"
        />
        {showBoxes &&
          boxes.map(({ text, box: [x1, y1, x2, y2] }, index) => (
            <g key={index} data-testid="box" data-drawn={drawn ? true : undefined}>
              <rect className={classes.boxHalo} x={x1} y={y1} width={x2 - x1} height={y2 - y1} />
              <rect className={classes.box} x={x1} y={y1} width={x2 - x1} height={y2 - y1} />
              {boxes.length <= MOST_LABELS && (
                <text
                  className={classes.boxLabel}
                  x={x1}
                  y={y1 - view.y > fontSize * 1.6 ? y1 - fontSize * 0.45 : y2 + fontSize * 1.15}
                  fontSize={fontSize}
                  strokeWidth={fontSize * 0.28}
                >
                  {text}
                </text>
              )}
            </g>
          ))}
      </svg>
    </div>
  );
}

function Message({ text, children }: { text: string; children?: React.ReactNode }) {
  return (
    <Center h="100%">
      <Stack align="center" gap="xs">
        <IconPhotoOff size={36} stroke={1.5} color="var(--mantine-color-gray-5)" />
        <Text c="gray.4">{text}</Text>
        {children}
      </Stack>
    </Center>
  );
}
