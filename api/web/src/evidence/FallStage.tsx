import { SegmentedControl } from "@mantine/core";
import { IconFocusCentered } from "@tabler/icons-react";
import { useImperativeHandle, useState, type ReactNode, type Ref } from "react";
import { useTranslation } from "react-i18next";

import type { Box } from "../findings/viewBox";
import { ClipStage } from "./ClipStage";
import { Tool } from "../shared/Tool";
import classes from "./Evidence.module.css";
import { boundsOf, fallsIn, type ClipEvidence, type FallDetails } from "./falls";
import { useFit, type Size } from "./fit";
import { usePicture } from "./pictures";
import { Lost, Stage, type StageKeys } from "./Stage";

interface Props {
  details: FallDetails;
  evidence: ClipEvidence;
  label: string;
  showBoxes: boolean;
  zoomed: boolean;
  onToggleBoxes: () => void;
  onToggleZoom: () => void;
  keys: Ref<StageKeys>;
}

const MODES = ["strobe", "clip"] as const;
type Mode = (typeof MODES)[number];

/** A fall: one picture of all its moments, or the clip with the way that the thing took. */
export function FallStage({ details, evidence, ...props }: Props) {
  const { t } = useTranslation();
  const [mode, setMode] = useState<Mode>("strobe");
  const falls = fallsIn(details, evidence);
  const { width, height } = details.falls[0]!;
  const size = { width, height };
  const views = (
    <SegmentedControl
      size="xs"
      aria-label={t("evidence.view")}
      value={mode}
      onChange={(value) => setMode(value as Mode)}
      data={MODES.map((value) => ({ value, label: t(`evidence.${value}`) }))}
    />
  );
  const zoom = (
    <Tool
      label={t("picture.zoom")}
      action="zoom"
      pressed={props.zoomed}
      onClick={props.onToggleZoom}
      Icon={IconFocusCentered}
    />
  );
  if (mode === "clip") {
    return (
      <ClipStage
        url={evidence.clip.plain_url}
        falls={falls}
        size={size}
        views={views}
        zoom={zoom}
        {...props}
      />
    );
  }
  return (
    <StrobeStage
      url={evidence.plain_url}
      label={props.label}
      size={size}
      close={props.zoomed ? boundsOf(falls) : []}
      views={views}
      zoom={zoom}
      keys={props.keys}
      onPlay={() => setMode("clip")}
    />
  );
}

interface StrobeProps {
  url: string;
  label: string;
  size: Size;
  /** What to show close by; nothing shows all. */
  close: Box[];
  views: ReactNode;
  zoom: ReactNode;
  keys: Ref<StageKeys>;
  onPlay: () => void;
}

function StrobeStage({ url, label, size, close, views, zoom, keys, onPlay }: StrobeProps) {
  const { t } = useTranslation();
  const fit = useFit(size, close);
  const picture = usePicture(url);
  useImperativeHandle(keys, () => ({ play: onPlay, step: onPlay }));
  return (
    <Stage
      canvas={fit.ref}
      tools={zoom}
      controls={
        <>
          {views}
          <span>{t("evidence.strobe_hint")}</span>
        </>
      }
    >
      {picture.failed ? (
        <Lost text={t("picture.failed")} retry={picture.retry} />
      ) : (
        <img
          key={picture.attempt}
          className={classes.media}
          style={fit.style}
          src={url}
          alt={label}
          onError={picture.onError}
        />
      )}
    </Stage>
  );
}
