import { client, take } from "../../api/client";
import { ApiError } from "../../api/errors";
import type { DocumentText, DocumentVersion, RoutingChange } from "../types";

const YAML = { headers: { "Content-Type": "application/yaml" } };
const asWritten = { bodySerializer: (text: string) => text };

/** What loading a text would change: entry by entry where the service knows them, else by line. */
export type Changes = { entries: RoutingChange[] } | { lines: string[] };

/** What a text holds that was found to be in order. */
export interface Checked {
  name: string;
  parts: string[];
  warnings: string[];
  changes: Changes;
}

/** A document of which versions are kept and one, or none, is in force. */
export interface Kind {
  key: "routing" | "rules";
  inForce: () => Promise<DocumentText | null>;
  check: (text: string) => Promise<Checked>;
  load: (text: string) => Promise<DocumentVersion>;
  end: () => Promise<unknown>;
  versions: (query: {
    limit: number;
    cursor?: string;
  }) => Promise<{ items: DocumentVersion[]; next_cursor: string | null }>;
  version: (number: number) => Promise<DocumentText>;
  differences: (number: number) => Promise<Changes>;
}

/** Null where there is none, which is no error. */
async function orNone<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

export const ROUTING: Kind = {
  key: "routing",
  inForce: () => orNone(take(client.GET("/v1/routing"))),
  check: async (body) => {
    const { name, routes, warnings, changes } = await take(
      client.POST("/v1/routing/check", { body, ...YAML, ...asWritten }),
    );
    return { name, parts: routes, warnings, changes: { entries: changes } };
  },
  load: (body) => take(client.PUT("/v1/routing", { body, ...YAML, ...asWritten })),
  end: () => take(client.DELETE("/v1/routing")),
  versions: (query) => take(client.GET("/v1/routing/versions", { params: { query } })),
  version: (number) =>
    take(client.GET("/v1/routing/versions/{number}", { params: { path: { number } } })),
  differences: async (number) => {
    const path = { number };
    const told = await take(
      client.GET("/v1/routing/versions/{number}/differences", { params: { path } }),
    );
    return { entries: told.changes };
  },
};

export const RULES: Kind = {
  key: "rules",
  inForce: () => orNone(take(client.GET("/v1/rules"))),
  check: async (body) => {
    const { name, rules, differences } = await take(
      client.POST("/v1/rules/check", { body, ...YAML, ...asWritten }),
    );
    return { name, parts: rules, warnings: [], changes: { lines: differences } };
  },
  load: (body) => take(client.PUT("/v1/rules", { body, ...YAML, ...asWritten })),
  end: () => take(client.DELETE("/v1/rules")),
  versions: (query) => take(client.GET("/v1/rules/versions", { params: { query } })),
  version: (number) =>
    take(client.GET("/v1/rules/versions/{number}", { params: { path: { number } } })),
  differences: async (number) => {
    const path = { number };
    const told = await take(
      client.GET("/v1/rules/versions/{number}/differences", { params: { path } }),
    );
    return { lines: told.differences };
  },
};
