import { expect, it } from "vitest";
import type { Message, Note } from "../../../shared/protocol";
import { withNotes } from "./transcript";

const message = (seq: number): Message => ({
  id: `m${seq}`, conversation: "c", seq, sender: "customer", kind: "text", text: "", body: {}, at: `2026-01-01T00:00:0${seq}Z`, client_id: null,
});
const note = (id: string, after: number, at = "2026-01-01T00:00:00Z"): Note => ({ id, after, text: "", at, by: { id: "a", name: "林一" }, mentions: [] });
const keys = (messages: Message[], notes: Note[]): string[] => withNotes(messages, notes).map((entry) => entry.key);

it("puts a note after the message that was the last one", () => {
  expect(keys([message(1), message(2), message(3)], [note("n", 2)])).toEqual(["m1", "m2", "n", "m3"]);
});

it("keeps notes of one place in the order of their time", () => {
  expect(keys([message(1)], [note("b", 1, "2026-01-01T00:00:02Z"), note("a", 1, "2026-01-01T00:00:01Z")])).toEqual(["m1", "a", "b"]);
});

it("shows notes before anything was said, and those whose message is not here yet", () => {
  expect(keys([message(1)], [note("early", 0), note("late", 9)])).toEqual(["early", "m1", "late"]);
  expect(keys([], [note("alone", 4)])).toEqual(["alone"]);
});
