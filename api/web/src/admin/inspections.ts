export const INSPECTIONS = [
  "road_damage",
  "falling_object",
  "illegal_building",
  "checkpoint_vehicle",
  "crop_pest",
] as const;

export type Inspection = (typeof INSPECTIONS)[number];
