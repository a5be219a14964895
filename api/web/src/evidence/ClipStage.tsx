import { Group, SegmentedControl, Slider } from "@mantine/core";
import {
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerSkipBack,
  IconPlayerSkipForward,
  IconRoute,
} from "@tabler/icons-react";
import { useImperativeHandle, type ReactNode, type Ref } from "react";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import { Tool } from "../shared/Tool";
import classes from "./Evidence.module.css";
import { frameOf, thingsAt, type ShownFall } from "./falls";
import { useFit, type Size } from "./fit";
import { usePicture } from "./pictures";
import { Lost, Stage, type StageKeys } from "./Stage";
import { Trajectory } from "./Trajectory";
import { SPEEDS, useClip } from "./useClip";

const LEAD_S = 1; // shown before the first thing falls

interface Props {
  url: string;
  falls: ShownFall[];
  label: string;
  size: Size;
  zoomed: boolean;
  views: ReactNode;
  zoom: ReactNode;
  showBoxes: boolean;
  onToggleBoxes: () => void;
  keys: Ref<StageKeys>;
}

/** The clip, with the way of each thing drawn as far as it has come. */
export function ClipStage({ url, falls, label, size, keys, ...props }: Props) {
  const { t } = useTranslation();
  const { seconds } = useFormat();
  const beganS = Math.min(...falls.map(({ points }) => points[0]?.timeS ?? 0));
  const frameS = frameOf(falls);
  const clip = useClip(frameS, Math.max(0, beganS - LEAD_S));
  const video = usePicture(url);
  const fit = useFit(size, props.zoomed ? thingsAt(falls, clip.timeS) : []);
  useImperativeHandle(keys, () => ({ play: clip.toggle, step: clip.step }));
  const sinceS = clip.timeS - beganS;
  return (
    <Stage
      canvas={fit.ref}
      tools={
        <>
          <Tool
            label={t("evidence.trajectory")}
            action="boxes"
            pressed={props.showBoxes}
            onClick={props.onToggleBoxes}
            Icon={IconRoute}
          />
          {props.zoom}
        </>
      }
      controls={
        <>
          <Group gap={4} wrap="nowrap">
            <Tool
              label={t("evidence.frame_back")}
              action="picture_previous"
              onClick={() => clip.step(-1)}
              Icon={IconPlayerSkipBack}
            />
            <Tool
              label={clip.playing ? t("evidence.pause") : t("evidence.play")}
              action="clip"
              onClick={clip.toggle}
              Icon={clip.playing ? IconPlayerPause : IconPlayerPlay}
            />
            <Tool
              label={t("evidence.frame_on")}
              action="picture_next"
              onClick={() => clip.step(1)}
              Icon={IconPlayerSkipForward}
            />
          </Group>
          <Slider
            className={classes.timeline}
            size="sm"
            thumbSize={16}
            min={clip.firstS}
            max={clip.endS}
            step={frameS}
            value={clip.timeS}
            onChange={clip.seek}
            label={null}
            marks={[{ value: beganS }]}
            thumbLabel={t("evidence.position")}
            thumbValueText={t("evidence.since_fall", { seconds: seconds(sinceS) })}
          />
          <span className={classes.clock} title={t("evidence.clock")}>
            {seconds(sinceS)}
          </span>
          <SegmentedControl
            size="xs"
            aria-label={t("evidence.speed")}
            value={String(clip.speed)}
            onChange={(value) => clip.setSpeed(Number(value))}
            data={SPEEDS.map((value) => ({ value: String(value), label: `×${value}` }))}
          />
          {props.views}
        </>
      }
    >
      {video.failed ? (
        <Lost text={t("evidence.clip_failed")} retry={video.retry} />
      ) : (
        <>
          <video
            key={video.attempt}
            className={classes.media}
            style={fit.style}
            src={url}
            aria-label={label}
            onError={video.onError}
            {...clip.props}
          />
          {props.showBoxes && (
            <svg className={classes.drawing} viewBox={fit.viewBox} aria-hidden>
              <Trajectory falls={falls} timeS={clip.timeS} pixel={fit.pixel} />
            </svg>
          )}
        </>
      )}
    </Stage>
  );
}
