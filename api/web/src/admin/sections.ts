import { lazy, type ComponentType, type LazyExoticComponent } from "react";

import type { Session } from "../api/types";

type Permission = Session["permissions"][number];

interface SectionAt {
  key: string;
  permission: Permission;
  Component: LazyExoticComponent<ComponentType>;
}

/** What administration consists of; a section shows to those who may do what it is for. */
export const GROUPS = [
  {
    key: "people",
    sections: [
      {
        key: "users",
        permission: "users:manage",
        Component: lazy(async () => ({ default: (await import("./people/Users")).Users })),
      },
      {
        key: "roles",
        permission: "users:manage",
        Component: lazy(async () => ({ default: (await import("./people/Roles")).Roles })),
      },
      {
        key: "tokens",
        permission: "tokens:manage",
        Component: lazy(async () => ({ default: (await import("./people/Tokens")).Tokens })),
      },
      {
        key: "gateways",
        permission: "gateways:manage",
        Component: lazy(async () => ({ default: (await import("./people/Gateways")).Gateways })),
      },
      {
        key: "devices",
        permission: "devices:read",
        Component: lazy(async () => ({ default: (await import("./devices/Devices")).Devices })),
      },
    ],
  },
  {
    key: "departments",
    sections: [
      {
        key: "destinations",
        permission: "destinations:read",
        Component: lazy(async () => ({
          default: (await import("./departments/Destinations")).Destinations,
        })),
      },
      {
        key: "policies",
        permission: "policies:manage",
        Component: lazy(async () => ({
          default: (await import("./departments/Policies")).Policies,
        })),
      },
      {
        key: "letters",
        permission: "outbox:read",
        Component: lazy(async () => ({ default: (await import("./departments/Letters")).Letters })),
      },
      {
        key: "reconciliation",
        permission: "reports:read",
        Component: lazy(async () => ({
          default: (await import("./departments/Reconciliation")).Reconciliation,
        })),
      },
      {
        key: "reports",
        permission: "reports:read",
        Component: lazy(async () => ({ default: (await import("./departments/Reports")).Reports })),
      },
    ],
  },
  {
    key: "documents",
    sections: [
      {
        key: "routing",
        permission: "routing:manage",
        Component: lazy(async () => ({ default: (await import("./documents/pages")).Routing })),
      },
      {
        key: "grids",
        permission: "routing:manage",
        Component: lazy(async () => ({ default: (await import("./documents/Grids")).Grids })),
      },
      {
        key: "rules",
        permission: "rules:manage",
        Component: lazy(async () => ({ default: (await import("./documents/pages")).Rules })),
      },
      {
        key: "registers",
        permission: "registers:read",
        Component: lazy(async () => ({
          default: (await import("./documents/Registers")).Registers,
        })),
      },
      {
        key: "thresholds",
        permission: "thresholds:manage",
        Component: lazy(async () => ({
          default: (await import("./documents/Thresholds")).Thresholds,
        })),
      },
      {
        key: "verification",
        permission: "policies:manage",
        Component: lazy(async () => ({
          default: (await import("./documents/VerificationRules")).VerificationRules,
        })),
      },
    ],
  },
  {
    key: "system",
    sections: [
      {
        key: "models",
        permission: "models:read",
        Component: lazy(async () => ({ default: (await import("./models/Models")).Models })),
      },
      {
        key: "retention",
        permission: "retention:read",
        Component: lazy(async () => ({ default: (await import("./system/Retention")).Retention })),
      },
      {
        key: "audit",
        permission: "audit:read",
        Component: lazy(async () => ({ default: (await import("./system/Audit")).Audit })),
      },
    ],
  },
] as const satisfies readonly { key: string; sections: readonly SectionAt[] }[];
