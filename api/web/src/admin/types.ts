/** Short names for the wire types of administration, generated from the service's OpenAPI. */
import type { Readable } from "openapi-typescript-helpers";

import type { components } from "../api/schema";

type Schemas = Readable<components["schemas"]>;

export type User = Schemas["UserView"];
export type Role = User["role"];
export type Token = Schemas["TokenView"];
export type NewToken = Schemas["NewToken"];
export type Gateway = Schemas["GatewayView"];
export type Device = Schemas["DeviceView"];
export type NewDevice = Schemas["NewDevice"];
export type DeviceProtocol = Device["protocol"];
export type AuditRecord = Schemas["AuditView"];
export type Connector = Schemas["ConnectorView"];
export type Destination = Schemas["DestinationView"];
export type Trial = Schemas["TrialView"];
export type Policy = Schemas["PolicyView"];
export type Letter = Schemas["LetterView"];
export type LetterState = Letter["state"];
export type Replayed = Schemas["ReplayView"];
export type Account = Schemas["AccountView"];
export type ReportLine = Schemas["ReportLine"];
export type Accounting = Schemas["ReconciliationView"];
export type RoutingChange = Schemas["RoutingChecked"]["changes"][number];
export type DocumentVersion = Schemas["RoutingTableView"] | Schemas["RuleSetView"];
export type DocumentText = Schemas["RoutingTableText"] | Schemas["RuleSetText"];
export type ThresholdSet = Schemas["ThresholdSetView"];
export type ThresholdsChecked = Schemas["ThresholdsChecked"];
export type ThresholdChange = ThresholdsChecked["changes"][number];
export type Area = Schemas["AreaView"];
export type AreasImported = Schemas["AreasImported"];
export type Register = Schemas["RegisterView"];
export type RegisterVersion = Schemas["VersionView"];
export type VerificationRule = Schemas["RuleView"];
export type ModelVersions = Schemas["ModelView"];
export type ModelVersion = Schemas["ModelVersionView"];
export type CardNode = Schemas["CardNode"];
export type Retention = Schemas["RetentionView"];
