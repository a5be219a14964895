import { Button, Loader } from "@mantine/core";
import {
  IconArrowsExchange,
  IconFocusCentered,
  IconMoon,
  IconSquareDashed,
  IconSun,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useImperativeHandle, useState, type Ref } from "react";
import { useTranslation } from "react-i18next";

import { useFormat } from "../i18n/format";
import { Compared } from "./Compared";
import { Tool } from "../shared/Tool";
import classes from "./Evidence.module.css";
import { useFit } from "./fit";
import { usePicture } from "./pictures";
import { compositesQuery } from "./queries";
import { daysOf, type Pair, type SiteDetails } from "./sites";
import { Lost, Stage, type StageKeys } from "./Stage";

interface Props {
  cameraId: string;
  details: SiteDetails;
  kept: Pair;
  label: string;
  showBoxes: boolean;
  zoomed: boolean;
  onToggleBoxes: () => void;
  onToggleZoom: () => void;
  keys: Ref<StageKeys>;
}

const ASIDE = 0.02; // of the width: where the divider stands at first, left of what is new

/** The approved baseline and any day since, one over the other with a divider between them. */
export function SiteStage({ cameraId, details, kept, label, keys, ...props }: Props) {
  const { t } = useTranslation();
  const { day, shortTime } = useFormat();
  const composites = useQuery(compositesQuery(cameraId));
  const [chosen, setChosen] = useState(kept.key);
  const days = daysOf(kept, composites.data?.items ?? []);
  const index = days.findIndex(({ key }) => key === chosen);
  const pair = days[index] ?? kept;
  const { width, height } = details;
  const [x1, y1, x2, y2] = details.box as unknown as [number, number, number, number];
  const fit = useFit({ width, height }, props.zoomed ? [[x1, y1, x2, y2]] : []);
  const pictures = usePicture(pair.key);
  const [share, setShare] = useState(Math.max(0, x1 / width - ASIDE));
  const step = (by: 1 | -1) => {
    const next = days[index + by];
    if (next) setChosen(next.key);
  };
  const flip = () => setShare(share < 1 ? 1 : 0);
  useImperativeHandle(keys, () => ({ play: flip, step }));
  return (
    <Stage
      canvas={fit.ref}
      tools={
        <>
          <Tool
            label={t("picture.boxes")}
            action="boxes"
            pressed={props.showBoxes}
            onClick={props.onToggleBoxes}
            Icon={IconSquareDashed}
          />
          <Tool
            label={t("picture.zoom")}
            action="zoom"
            pressed={props.zoomed}
            onClick={props.onToggleZoom}
            Icon={IconFocusCentered}
          />
        </>
      }
      controls={
        <>
          <span>{t("evidence.days")}</span>
          <ul className={classes.days} aria-label={t("evidence.days")}>
            {days.map((one) => (
              <li key={one.key}>
                <Day
                  pair={one}
                  selected={one.key === pair.key}
                  onSelect={() => setChosen(one.key)}
                />
              </li>
            ))}
          </ul>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconArrowsExchange size={16} />}
            aria-keyshortcuts="V"
            onClick={flip}
          >
            {t(share < 1 ? "evidence.show_before" : "evidence.show_after")}
          </Button>
          {composites.isPending && <Loader size="xs" color="gray.5" />}
          {composites.isError && <span>{t("evidence.days_failed")}</span>}
        </>
      }
    >
      {pictures.failed ? (
        <Lost text={t("picture.failed")} retry={pictures.retry} />
      ) : (
        <Compared
          key={pictures.attempt}
          before={{
            url: pair.before,
            text: details.approved_at
              ? t("evidence.baseline_of", { day: day(details.approved_at) })
              : t("evidence.baseline"),
          }}
          after={{ url: pair.after, text: shortTime(pair.at) }}
          label={label}
          fit={fit}
          share={share}
          setShare={setShare}
          onError={pictures.onError}
        >
          {props.showBoxes && (
            <svg className={classes.drawing} viewBox={fit.viewBox} aria-hidden>
              {[classes.outlineHalo, classes.outline].map((name) => (
                <rect key={name} className={name} x={x1} y={y1} width={x2 - x1} height={y2 - y1} />
              ))}
            </svg>
          )}
        </Compared>
      )}
    </Stage>
  );
}

const LIGHTS = { day: IconSun, night: IconMoon };

interface DayProps {
  pair: Pair;
  selected: boolean;
  onSelect: () => void;
}

function Day({ pair, selected, onSelect }: DayProps) {
  const { t } = useTranslation();
  const { shortTime } = useFormat();
  const light = pair.light === "day" || pair.light === "night" ? pair.light : null;
  const Icon = light && LIGHTS[light];
  return (
    <button
      type="button"
      className={classes.day}
      aria-pressed={selected}
      onClick={onSelect}
      ref={(element) => {
        if (selected) element?.scrollIntoView({ block: "nearest", inline: "nearest" });
      }}
    >
      {Icon && <Icon size={15} role="img" aria-label={t(`evidence.light_${light!}`)} />}
      {shortTime(pair.at)}
    </button>
  );
}
