import { expect, it } from "vitest";
import type { QueueEntry } from "../../../shared/protocol";
import { applyQueueChanges } from "./queue_changes";

const entry = (conversation: string, position: number, preview = ""): QueueEntry => ({
  conversation, position, priority: "normal", reason: "asked", reason_text: "", waiting_since: "2026-01-01T00:00:00Z",
  customer: { id: "x", name: "王女士", verified: true }, preview, case: null,
});
const shown = (rows: QueueEntry[]): string[] => rows.map((row) => `${row.position}${row.conversation}${row.preview}`);
const BEFORE = [entry("a", 1), entry("b", 2), entry("c", 3)];

it("moves everybody up behind who has left", () => {
  expect(shown(applyQueueChanges(BEFORE, { gone: ["a"], entries: [] }))).toEqual(["1b", "2c"]);
});

it("puts new entries where they belong, first first", () => {
  const entries = [entry("urgent", 1), entry("late", 5)];
  expect(shown(applyQueueChanges(BEFORE, { gone: [], entries }))).toEqual(["1urgent", "2a", "3b", "4c", "5late"]);
});

it("takes the new place and words of an entry that has changed", () => {
  const entries = [entry("c", 1, "!")];
  expect(shown(applyQueueChanges(BEFORE, { gone: ["b"], entries }))).toEqual(["1c!", "2a"]);
});

it("leaves the queue before as it was", () => {
  applyQueueChanges(BEFORE, { gone: ["a"], entries: [entry("d", 1)] });
  expect(shown(BEFORE)).toEqual(["1a", "2b", "3c"]);
});
