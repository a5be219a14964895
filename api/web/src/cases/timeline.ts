import type { CaseComment, CaseDetail, Look, Message, TimelineEntry } from "../api/types";

/** One line of what happened to a case, whoever said it. */
export type Happening = { at: string; key: string } & (
  | { kind: "entry"; entry: TimelineEntry; look: Look | undefined }
  | { kind: "comment"; comment: CaseComment }
  | { kind: "attempt"; message: Message; attempt: Message["deliveries"][number] }
  | { kind: "prescription"; prescription: CaseDetail["prescriptions"][number] }
);

/** Everything that happened to a case, the newest first. */
export function happenings(shown: CaseDetail): Happening[] {
  const looks = new Map(
    shown.verifications.flatMap((one) => one.looks).map((look) => [look.id, look]),
  );
  const all: Happening[] = [
    ...shown.timeline.map((entry, index) => ({
      kind: "entry" as const,
      at: entry.occurred_at,
      key: `entry ${index}`,
      entry,
      look: entry.look_id ? looks.get(entry.look_id) : undefined,
    })),
    ...shown.comments.map((comment) => ({
      kind: "comment" as const,
      at: comment.created_at,
      key: comment.id,
      comment,
    })),
    ...shown.messages.flatMap((message) =>
      message.deliveries.map((attempt) => ({
        kind: "attempt" as const,
        at: attempt.started_at,
        key: `${message.id} ${attempt.attempt} ${attempt.started_at}`,
        message,
        attempt,
      })),
    ),
    ...shown.prescriptions.map((prescription) => ({
      kind: "prescription" as const,
      at: prescription.received_at,
      key: prescription.id,
      prescription,
    })),
  ];
  // What the service wrote later stands above where two happened at the same moment.
  return all
    .map((one, index) => ({ one, index }))
    .sort((a, b) => Date.parse(b.one.at) - Date.parse(a.one.at) || b.index - a.index)
    .map(({ one }) => one);
}
