import { Button, Stack, Text } from "@mantine/core";
import { IconPolygon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { usePermission } from "../session/useSession";
import { Failed, Loading } from "../shared/States";
import classes from "./Cameras.module.css";
import type { Corner } from "./drawing/corners";
import { PolygonDrawing } from "./drawing/PolygonDrawing";
import { zonesQuery } from "./queries";
import type { Camera, Zone } from "./types";
import { NewZone } from "./ZoneForm";
import { ZoneList } from "./ZoneList";

/** Parts of the picture in which a change weighs less, or more. */
export function ZonesTab({ camera }: { camera: Camera }) {
  const query = useQuery(zonesQuery(camera.id));
  if (query.error) return <Failed error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  return <Zones camera={camera} zones={query.data.items} />;
}

const holds = ({ until }: Zone) => until === null || new Date(until) > new Date();

function Zones({ camera, zones }: { camera: Camera; zones: Zone[] }) {
  const { t } = useTranslation();
  const mayManage = usePermission("sites:manage");
  const [chosen, setChosen] = useState<string>();
  const [drawing, setDrawing] = useState(false);
  const [corners, setCorners] = useState<Corner[] | null>(null);
  const stop = () => {
    setDrawing(false);
    setCorners(null);
  };
  const { picture } = camera;
  return (
    <div className={classes.columns}>
      {picture ? (
        <PolygonDrawing
          url={picture.url}
          alt={t("cameras.picture_alt", { name: camera.name })}
          corners={corners}
          onChange={setCorners}
          disabled={!drawing}
        >
          {zones
            .filter((zone) => holds(zone) || zone.id === chosen)
            .map((zone) => (
              <polygon
                key={zone.id}
                points={zone.polygon.map((corner) => corner.join(",")).join(" ")}
                data-kind={zone.kind}
                data-chosen={zone.id === chosen || undefined}
              />
            ))}
        </PolygonDrawing>
      ) : (
        <div className={classes.noPicture}>{t("cameras.no_picture")}</div>
      )}
      <Stack>
        <Text size="sm" c="dimmed">
          {t("zones.hint")}
        </Text>
        {drawing ? (
          <NewZone camera={camera} corners={corners} onCorners={setCorners} onDone={stop} />
        ) : (
          mayManage && (
            <Button
              leftSection={<IconPolygon size={18} aria-hidden />}
              disabled={!picture}
              onClick={() => setDrawing(true)}
            >
              {t("zones.new")}
            </Button>
          )
        )}
        {!drawing && (
          <ZoneList zones={zones} chosen={chosen} onChoose={setChosen} mayManage={mayManage} />
        )}
      </Stack>
    </div>
  );
}
