/** Short names for the wire types of administration, generated from the service's OpenAPI. */
import type { Readable } from "openapi-typescript-helpers";

import type { components } from "../api/schema";

type Schemas = Readable<components["schemas"]>;

export type User = Schemas["UserView"];
export type Role = User["role"];
export type Token = Schemas["TokenView"];
export type NewToken = Schemas["NewToken"];
export type Gateway = Schemas["GatewayView"];
export type AuditRecord = Schemas["AuditView"];
