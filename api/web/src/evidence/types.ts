import type { components } from "../api/schema";
import type { FindingDetail } from "../api/types";

/** What only findings of one inspection have. */
export type DetailsOf<Inspection> = Extract<FindingDetail["details"], { inspection: Inspection }>;

export type Composite = components["schemas"]["CompositeView"];
export type Series = components["schemas"]["SeriesView"];
export type Plate = components["schemas"]["PlateView"];
