import type { QueueEntry } from "../../../shared/protocol";

export interface QueueChanges {
  gone: string[];
  entries: QueueEntry[];
}

/** The queue after a change (gateway/desk/queue_changes.py): what is new or different stands at the positions that it brings, and all are counted anew. */
export function applyQueueChanges(before: readonly QueueEntry[], { gone, entries }: QueueChanges): QueueEntry[] {
  const takenOut = new Set([...gone, ...entries.map((entry) => entry.conversation)]);
  const rows = before.filter((entry) => !takenOut.has(entry.conversation));
  for (const entry of entries) rows.splice(entry.position - 1, 0, entry);
  return rows.map((entry, index) => ({ ...entry, position: index + 1 }));
}
