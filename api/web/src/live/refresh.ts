import type { Query, QueryClient } from "@tanstack/react-query";

/** What events name; the keys of the queries that show it begin with the same word. */
export const TOPICS = ["findings", "cases", "summary", "cameras"] as const;
export type Topic = (typeof TOPICS)[number];

/** Which were changed; null: any of them. */
type Ids = Set<string> | null;

const PAUSE_MS = 1_000;
const PATIENCE_MS = 15_000;

const wait = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Whether a query shows something that was changed, and may be asked again already. */
function isConcerned(query: Query, ids: Ids): boolean {
  const [, which, id] = query.queryKey;
  if (which === "one" && ids !== null && !ids.has(String(id))) return false;
  const pause = query.meta?.atMostEveryMs;
  return typeof pause !== "number" || Date.now() - query.state.dataUpdatedAt >= pause;
}

/**
 * Asks again for what was changed: one wave at a time, so that many changes, or a service that
 * answers slowly, never pile up requests. What is changed meanwhile comes with the next wave.
 */
export class Refresh {
  private readonly waiting = new Map<Topic, Ids>();
  private busy = false;

  constructor(private readonly queries: QueryClient) {}

  changed(topic: Topic, ids: string[] | null) {
    const earlier = this.waiting.get(topic);
    const all = ids === null || earlier === null;
    this.waiting.set(topic, all ? null : new Set([...(earlier ?? []), ...ids]));
    if (!this.busy) void this.run();
  }

  everything() {
    for (const topic of TOPICS) this.changed(topic, null);
  }

  private async run() {
    this.busy = true;
    while (this.waiting.size > 0) {
      const wave = [...this.waiting];
      this.waiting.clear();
      const answers = wave.map(([topic, ids]) =>
        this.queries.invalidateQueries({
          queryKey: [topic],
          predicate: (query) => isConcerned(query, ids),
        }),
      );
      await Promise.all([wait(PAUSE_MS), Promise.race([Promise.all(answers), wait(PATIENCE_MS)])]);
    }
    this.busy = false;
  }
}
