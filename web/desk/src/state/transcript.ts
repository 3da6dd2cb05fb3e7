import type { Message, Note } from "../../../shared/protocol";

export type Entry = { key: string; at: string; message: Message } | { key: string; at: string; note: Note };

/** Messages with the notes where they were written: after the message that was the last one then. */
export function withNotes(messages: readonly Message[], notes: readonly Note[]): Entry[] {
  const entries: Entry[] = [];
  const waiting = [...notes].sort((a, b) => a.after - b.after || a.at.localeCompare(b.at));
  const place = (before: number): void => {
    while (waiting[0] !== undefined && waiting[0].after < before) {
      const note = waiting.shift();
      if (note !== undefined) entries.push({ key: note.id, at: note.at, note });
    }
  };
  for (const message of messages) {
    place(message.seq);
    entries.push({ key: message.id, at: message.at, message });
  }
  place(Number.POSITIVE_INFINITY);
  return entries;
}
