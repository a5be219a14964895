import {
  Button,
  FileButton,
  Group,
  NumberInput,
  SegmentedControl,
  Stack,
  Text,
} from "@mantine/core";
import { IconPhotoUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { client, take } from "../api/client";
import { usePermission } from "../session/useSession";
import { Failed, Loading } from "../shared/States";
import classes from "./Cameras.module.css";
import { FormDialog, Problem } from "../shared/dialogs";
import { CornerList } from "./drawing/CornerList";
import type { Corner, Size } from "./drawing/corners";
import { gridLines } from "./drawing/grid";
import { PolygonDrawing } from "./drawing/PolygonDrawing";
import { usePicture } from "./drawing/usePicture";
import { facadeQuery, useCameraChange } from "./queries";
import type { Camera, Facade } from "./types";

const PARTS = ["region", "grid"] as const;
const CORNERS = ["top_left", "top_right", "bottom_right", "bottom_left"] as const;
const START = { floors: 6, columns: 4 };
const OUTSIDE = 9; // pictures; the service allows ten
const MOST = 200;

/** The building in the picture: where falls are looked for, and which floor is where. */
export function FacadeTab({ camera }: { camera: Camera }) {
  const query = useQuery(facadeQuery(camera.id));
  if (query.error) return <Failed error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading />;
  return <Editor key={query.data?.updated_at} camera={camera} facade={query.data} />;
}

const shares = (points: readonly number[][] | null | undefined, size: Size): Corner[] | null =>
  points?.map(([x, y]) => [x! / size.width, y! / size.height]) ?? null;
const pixels = (corners: readonly Corner[], size: Size): [number, number][] =>
  corners.map(([x, y]) => [Math.round(x * size.width), Math.round(y * size.height)]);
const within = (share: number) => Math.min(Math.max(share, 0), 1);

function Editor({ camera, facade }: { camera: Camera; facade: Facade | null }) {
  const { t } = useTranslation();
  const mayManage = usePermission("cameras:manage");
  const { backdrop, file, setFile } = usePicture(camera);
  const [part, setPart] = useState<(typeof PARTS)[number]>("region");
  const [region, setRegion] = useState(() => facade && shares(facade.region, facade.picture));
  const [grid, setGrid] = useState(() => facade && shares(facade.grid?.corners, facade.picture));
  const [floors, setFloors] = useState(facade?.grid?.floors ?? START.floors);
  const [columns, setColumns] = useState(facade?.grid?.columns ?? START.columns);
  const [asked, setAsked] = useState(false);
  const params = { path: { camera_id: camera.id } };
  const size = backdrop?.size ?? facade?.picture;
  const change = useCameraChange({
    run: () =>
      take(
        client.PUT("/v1/cameras/{camera_id}/facade", {
          params,
          body: {
            picture: { width: size!.width, height: size!.height },
            region:
              region &&
              pixels(
                region.map(([x, y]) => [within(x), within(y)] as const),
                size!,
              ),
            grid: grid && {
              corners: pixels(grid, size!),
              floors,
              columns,
            },
          },
        }),
      ),
    done: t("facade.saved"),
  });
  const removal = useCameraChange({
    run: () => take(client.DELETE("/v1/cameras/{camera_id}/facade", { params })),
    done: t("facade.removed"),
    onDone: () => setAsked(false),
  });
  const isRegion = part === "region";
  const list = {
    label: t(`facade_part.${part}`),
    corners: isRegion ? region : grid,
    onChange: isRegion ? setRegion : setGrid,
    disabled: !mayManage,
    ...(isRegion ? {} : { names: CORNERS.map((name) => t(`facade_corner.${name}`)) }),
  };
  return (
    <div className={classes.columns}>
      {backdrop ? (
        <PolygonDrawing
          key={`${part}-${backdrop.url}`}
          url={backdrop.url}
          alt={t("cameras.picture_alt", { name: camera.name })}
          corners={list.corners}
          onChange={list.onChange}
          disabled={!mayManage}
          exactly={isRegion ? undefined : CORNERS.length}
        >
          {!isRegion && region && <polygon points={region.join(" ")} data-kind="watched" />}
          {grid &&
            gridLines(grid, floors, columns).map((line, n) => (
              <polyline key={n} points={line.join(" ")} />
            ))}
          {isRegion && grid && <polygon points={grid.join(" ")} />}
        </PolygonDrawing>
      ) : (
        <div className={classes.noPicture}>{t("facade.no_picture")}</div>
      )}
      <Stack>
        <Text size="sm" c="dimmed">
          {t("facade.hint")}
        </Text>
        <Group gap="xs">
          <FileButton onChange={setFile} accept="image/jpeg,image/png,image/webp">
            {(button) => (
              <Button
                {...button}
                size="xs"
                variant="default"
                leftSection={<IconPhotoUp size={16} aria-hidden />}
              >
                {t("facade.own_picture")}
              </Button>
            )}
          </FileButton>
          {file && (
            <Button size="xs" variant="subtle" onClick={() => setFile(null)}>
              {t("facade.camera_picture")}
            </Button>
          )}
        </Group>
        <SegmentedControl
          aria-label={t("facade.part")}
          value={part}
          onChange={(value) => setPart(value as typeof part)}
          data={PARTS.map((value) => ({ value, label: t(`facade_part.${value}`) }))}
        />
        <Text size="xs" c="dimmed">
          {t(`facade_text.${part}`)}
        </Text>
        {!isRegion && (
          <Group grow>
            {(
              [
                ["floors", floors, setFloors],
                ["columns", columns, setColumns],
              ] as const
            ).map(([name, value, set]) => (
              <NumberInput
                key={name}
                label={t(`facade.${name}`)}
                min={1}
                max={MOST}
                allowDecimal={false}
                clampBehavior="strict"
                disabled={!mayManage}
                value={value}
                onChange={(next) => typeof next === "number" && next >= 1 && set(next)}
              />
            ))}
          </Group>
        )}
        {size && <CornerList {...list} size={size} outside={isRegion ? 0 : OUTSIDE} />}
        {mayManage && (
          <>
            <Problem error={change.error} />
            <Group justify="space-between">
              <Button
                variant="subtle"
                color="red"
                disabled={!facade}
                onClick={() => setAsked(true)}
              >
                {t("facade.remove")}
              </Button>
              <Button
                loading={change.isPending}
                disabled={!size || (!region && !grid)}
                onClick={() => change.mutate(undefined)}
              >
                {t("cameras.save")}
              </Button>
            </Group>
          </>
        )}
      </Stack>
      {asked && (
        <FormDialog
          title={t("facade.remove")}
          text={t("facade.remove_text")}
          does={t("facade.remove")}
          color="red"
          change={removal}
          onSubmit={() => removal.mutate(undefined)}
          onClose={() => setAsked(false)}
        />
      )}
    </div>
  );
}
