/** Short names for the wire types of cameras, generated from the service's OpenAPI. */
import type { Readable } from "openapi-typescript-helpers";

import type { components } from "../api/schema";

type Schemas = Readable<components["schemas"]>;

export type Camera = Schemas["CameraView"];
export type CameraKind = Camera["kind"];
export type CameraUpdate = Schemas["CameraUpdate"];
export type Calibration = Camera["calibration"];
export type HealthState = Camera["health"]["state"];
export type GatewayReport = Schemas["ReportView"];
export type Trouble = Schemas["TroubleView"];
export type ClassThreshold = Schemas["ClassThreshold"];
export type ClassPreview = Schemas["ClassPreview"];
export type Tally = ClassPreview["kept"];
export type Zone = Schemas["ZoneView"];
export type ZoneKind = Zone["kind"];
export type Site = Schemas["SiteView"];
export type Baseline = Schemas["BaselineView"];
export type Facade = Schemas["FacadeView"];
export type FacadeRequest = Schemas["FacadeBody"];

export const CAMERA_KINDS = ["bus", "community", "checkpoint", "field_pole"] as const;
export const INSPECTIONS = [
  "road_damage",
  "falling_object",
  "illegal_building",
  "checkpoint_vehicle",
  "crop_pest",
] as const;
export type InspectionName = (typeof INSPECTIONS)[number];
