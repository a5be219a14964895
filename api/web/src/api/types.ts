/** Short names for the wire types, which are generated from the service's OpenAPI. */
import type { Readable } from "openapi-typescript-helpers";

import type { components } from "./schema";

type Schemas = Readable<components["schemas"]>;

export type Session = Schemas["SessionView"];
export type Finding = Schemas["FindingSummary"];
export type FindingDetail = Schemas["FindingDetail"];
export type FindingState = Finding["state"];
export type QueueItem = Schemas["QueueItem"];
export type ReviewResult = Schemas["ReviewResult"];
export type ReviewRequest = Schemas["ReviewCreate"];
export type Review = Schemas["ReviewView"];
export type Verdict = ReviewRequest["verdict"];
export type RejectReason = NonNullable<ReviewRequest["reason"]>;
export type FindingCollection = Schemas["FeatureCollection"];
export type Case = Schemas["CaseSummary"];
export type CaseDetail = Schemas["CaseDetail"];
export type CaseState = Case["state"];
export type CaseEventRequest = Schemas["EventCreate"];
export type TimelineEntry = Schemas["EntryView"];
export type Message = Schemas["MessageView"];
export type Summary = Schemas["Summary"];
export type Light = Case["light"];
export type CaseCollection = Schemas["CaseCollection"];
export type CameraCollection = Schemas["CameraCollection"];
export type CellCollection = Schemas["CellCollection"];
export type PassCollection = Schemas["PassCollection"];
export type AreasImported = Schemas["AreasImported"];
export type Plot = Schemas["PlotView"];
export type CaseCount = Schemas["CaseCount"];
export type CaseClock = Schemas["ClockView"];
export type CaseComment = Schemas["CommentView"];
export type Verification = Schemas["VerificationDetail"];
export type Look = Verification["looks"][number];
export type Matters = Schemas["MattersView"];
export type Matter = Matters["items"][number];
export type UnitCards = Schemas["UnitCards"];
export type UnitCard = UnitCards["items"][number];
