import { Center, Text } from "@mantine/core";
import type { Feature, FeatureCollection, Position } from "geojson";
import type { GeoJSONSource } from "maplibre-gl";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import type { Finding } from "../api/types";
import { supportsMaps } from "./base";
import { inkOf } from "./ground";
import { findingMark } from "./marks";
import { useMap } from "./useMap";
import classes from "./Map.module.css";

const ZOOM = 18;
const METRES_PER_DEGREE = 111_320; // of latitude; of longitude at the equator
const CIRCLE_POINTS = 48;

interface Props {
  finding: Finding;
  nearby: Finding[];
  selectedId: string | undefined;
}

export function PlaceMap(props: Props) {
  const { t } = useTranslation();
  if (!supportsMaps()) {
    return (
      <Center h="100%">
        <Text size="sm" c="dimmed">
          {t("map.no_webgl_title")}
        </Text>
      </Center>
    );
  }
  return <Place {...props} />;
}

/** The place of one finding: its uncertainty as a circle, its neighbours, the selected one ringed. */
function Place({ finding, nearby, selectedId }: Props) {
  const { t } = useTranslation();
  const center: [number, number] = [finding.longitude!, finding.latitude!];
  const { container, map, scheme } = useMap({ center, zoom: ZOOM, labels: false });

  useEffect(() => {
    if (!map) return;
    const { ink } = inkOf(scheme);
    map.addSource("place", { type: "geojson", data: placeFeatures(finding, nearby, selectedId) });
    map.addLayer({
      id: "uncertainty",
      type: "fill",
      source: "place",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": "#2680d6", "fill-opacity": 0.16, "fill-outline-color": "#2680d6" },
    });
    map.addLayer({
      id: "rings",
      type: "circle",
      source: "place",
      filter: ["has", "ring"],
      paint: {
        "circle-radius": 14,
        "circle-opacity": 0,
        "circle-stroke-width": ["match", ["get", "ring"], "own", 3, 2],
        "circle-stroke-color": ["match", ["get", "ring"], "own", ink, "#2680d6"],
      },
    });
    map.addLayer({
      id: "marks",
      type: "symbol",
      source: "place",
      filter: ["has", "mark"],
      layout: { "icon-image": ["get", "mark"], "icon-allow-overlap": true },
    });
    // Only a new map gets its layers; the data are kept up below.
  }, [map, scheme]);

  const [longitude, latitude] = center;
  useEffect(() => {
    map?.jumpTo({ center: [longitude, latitude], zoom: ZOOM });
  }, [map, longitude, latitude]);
  useEffect(() => {
    map?.getSource<GeoJSONSource>("place")?.setData(placeFeatures(finding, nearby, selectedId));
  }, [map, finding, nearby, selectedId]);

  return (
    <div ref={container} className={classes.place} role="region" aria-label={t("map.place")} />
  );
}

function placeFeatures(
  finding: Finding,
  nearby: Finding[],
  selectedId: string | undefined,
): FeatureCollection {
  const mark = (shown: Finding, ring: string | undefined): Feature => ({
    type: "Feature",
    properties: { mark: findingMark(shown.state), ...(ring ? { ring } : {}) },
    geometry: { type: "Point", coordinates: [shown.longitude!, shown.latitude!] },
  });
  const placed = nearby.filter(({ longitude }) => longitude != null);
  return {
    type: "FeatureCollection",
    features: [
      ...(finding.accuracy_m == null ? [] : [uncertainty(finding, finding.accuracy_m)]),
      ...placed.map((other) => mark(other, other.id === selectedId ? "selected" : undefined)),
      mark(finding, "own"),
    ],
  };
}

function uncertainty(finding: Finding, radiusM: number): Feature {
  const latitude = finding.latitude!;
  const north = radiusM / METRES_PER_DEGREE;
  const east = north / Math.cos((latitude * Math.PI) / 180);
  const ring: Position[] = Array.from({ length: CIRCLE_POINTS + 1 }, (_, index) => {
    const angle = (2 * Math.PI * index) / CIRCLE_POINTS;
    return [finding.longitude! + east * Math.cos(angle), latitude + north * Math.sin(angle)];
  });
  return {
    type: "Feature",
    properties: {},
    geometry: { type: "Polygon", coordinates: [ring] },
  };
}
