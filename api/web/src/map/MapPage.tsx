import { IconMapOff, IconMapPin } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { findingsMapQuery } from "../api/queries";
import { Empty, Failed, Loading } from "../shared/States";
import { useTitle } from "../shared/useTitle";
import { supportsMaps } from "./base";
import { FindingsMap } from "./FindingsMap";
import { pointsOf } from "./points";

export function MapPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({ ...findingsMapQuery, select: pointsOf });
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
  if (!data) return error ? <Failed error={error} retry={() => void refetch()} /> : <Loading />;
  if (data.features.length === 0) {
    return (
      <Empty
        icon={<IconMapPin size={40} stroke={1.5} />}
        title={t("map.empty_title")}
        text={t("map.empty")}
      />
    );
  }
  return <FindingsMap points={data} />;
}
