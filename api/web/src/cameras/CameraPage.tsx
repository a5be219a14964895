import { Anchor, Badge, Group, Tabs, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";

import { Failed, Loading } from "../shared/States";
import { useTitle } from "../shared/useTitle";
import { BaselinesTab } from "./BaselinesTab";
import classes from "./Cameras.module.css";
import { HealthBadge } from "./HealthBadge";
import { OverviewTab } from "./OverviewTab";
import { cameraQuery } from "./queries";
import { SettingsTab } from "./SettingsTab";
import { ThresholdsTab } from "./ThresholdsTab";
import type { Camera } from "./types";

// Drawing brings a large library along.
const ZonesTab = lazy(async () => ({ default: (await import("./ZonesTab")).ZonesTab }));
const FacadeTab = lazy(async () => ({ default: (await import("./FacadeTab")).FacadeTab }));

const TABS = [
  { key: "overview", Component: OverviewTab, applies: () => true },
  { key: "settings", Component: SettingsTab, applies: () => true },
  { key: "zones", Component: ZonesTab, applies: inspects("illegal_building") },
  { key: "baselines", Component: BaselinesTab, applies: inspects("illegal_building") },
  { key: "facade", Component: FacadeTab, applies: inspects("falling_object") },
  {
    key: "thresholds",
    Component: ThresholdsTab,
    applies: inspects("road_damage", "falling_object"),
  },
] as const;

function inspects(...names: string[]) {
  return ({ inspections }: Camera) => names.some((name) => inspections.includes(name));
}

export function CameraPage({ cameraId }: { cameraId: string }) {
  const query = useQuery(cameraQuery(cameraId));
  if (query.data) return <Shown camera={query.data} />;
  if (query.error) return <Failed error={query.error} retry={() => void query.refetch()} />;
  return <Loading />;
}

function Shown({ camera }: { camera: Camera }) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const tabs = TABS.filter(({ applies }) => applies(camera));
  const opened = tabs.find(({ key }) => key === params.get("tab")) ?? tabs[0]!;
  useTitle(camera.name);
  return (
    <div className={classes.page}>
      <Anchor component={Link} to="/cameras" size="sm" className={classes.back}>
        <IconArrowLeft size={15} aria-hidden /> {t("cameras.back")}
      </Anchor>
      <Group gap="sm">
        <Title order={1} size="h3" className={classes.cameraName}>
          {camera.name}
        </Title>
        <Badge variant="outline" color="gray" tt="none" fw={400}>
          {t(`camera_kind.${camera.kind}`)}
        </Badge>
        <HealthBadge state={camera.health.state} />
      </Group>
      <Tabs
        value={opened.key}
        onChange={(tab) => tab && setParams(tab === "overview" ? {} : { tab }, { replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          {tabs.map(({ key }) => (
            <Tabs.Tab key={key} value={key}>
              {t(`camera_tab.${key}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ key, Component }) => (
          <Tabs.Panel key={key} value={key}>
            <Suspense fallback={<Loading />}>
              <Component camera={camera} />
            </Suspense>
          </Tabs.Panel>
        ))}
      </Tabs>
    </div>
  );
}
