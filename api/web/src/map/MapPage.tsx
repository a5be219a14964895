import { IconMapOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Empty, Failed, Loading } from "../shared/States";
import { useTitle } from "../shared/useTitle";
import { supportsMaps } from "./base";
import { MapView } from "./MapView";
import { camerasQuery, findingsQuery } from "./queries";

/** The map opens where its findings and cameras are: it waits for them. */
export function MapPage() {
  const { t } = useTranslation();
  const findings = useQuery(findingsQuery);
  const cameras = useQuery(camerasQuery);
  useTitle(t("map.title"));

  if (!supportsMaps()) {
    return (
      <Empty
        icon={<IconMapOff size={40} stroke={1.5} />}
        title={t("map.no_webgl_title")}
        text={t("map.no_webgl")}
      />
    );
  }
  const failed = [findings, cameras].find(({ data, error }) => !data && error);
  if (failed) return <Failed error={failed.error} retry={() => void failed.refetch()} />;
  if (!findings.data || !cameras.data) return <Loading />;
  return <MapView findings={findings.data} cameras={cameras.data} />;
}
