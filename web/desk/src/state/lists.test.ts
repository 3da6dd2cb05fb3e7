import { beforeEach, describe, expect, it } from "vitest";
import type { Priority, QueueEntry } from "../../../shared/protocol";
import type { DeskApi } from "../api/desk_api";
import { DeskError } from "../api/http";
import { Lists } from "./lists";
import { bandOf, secondsSince } from "./waiting";

const entry = (conversation: string, position: number, priority: Priority): QueueEntry => ({
  conversation, position, priority, reason: "asked", reason_text: "", waiting_since: "2026-01-01T00:00:00Z",
  customer: { id: "x", name: "王女士", verified: true }, preview: "", case: null,
});
const AT = "2026-01-01T00:01:00Z";

describe("Lists", () => {
  let alarms: string[][];
  let lists: Lists;
  let queueAnswer: () => Promise<{ entries: QueueEntry[]; at: string }>;

  beforeEach(() => {
    alarms = [];
    queueAnswer = async () => ({ entries: [], at: AT });
    const api = { queue: () => queueAnswer() } as unknown as DeskApi;
    lists = new Lists(api, () => Date.parse("2026-01-01T00:00:50Z"), (entries) => alarms.push(entries.map((item) => item.conversation)));
  });

  it("puts urgent entries first and keeps the server's order otherwise", () => {
    lists.applyQueue([entry("a", 1, "normal"), entry("b", 2, "high"), entry("c", 3, "urgent")], AT);
    expect(lists.state.queue.rows.map((row) => row.conversation)).toEqual(["c", "a", "b"]);
    expect(lists.urgent).toBe(1);
  });

  it("sounds once for each urgent entry, and again when it comes back", () => {
    lists.applyQueue([entry("a", 1, "urgent")], AT);
    lists.applyQueue([entry("a", 1, "urgent"), entry("b", 2, "urgent")], AT);
    lists.applyQueue([entry("b", 1, "urgent")], AT);
    lists.applyQueue([entry("a", 1, "urgent"), entry("b", 2, "urgent")], AT);
    expect(alarms).toEqual([["a"], ["b"], ["a"]]);
  });

  it("sounds when an entry becomes urgent while it waits", () => {
    lists.applyQueue([entry("a", 1, "normal")], AT);
    lists.applyQueue([entry("a", 1, "urgent")], AT);
    expect(alarms).toEqual([["a"]]);
  });

  it("measures waits by the server's clock", () => {
    lists.applyQueue([entry("a", 1, "normal")], AT);
    expect(lists.state.skew).toBe(10_000);
    expect(secondsSince("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:00:50Z"), lists.state.skew)).toBe(60);
  });

  it("shows an error only when there is nothing else to show", async () => {
    queueAnswer = async () => Promise.reject(new DeskError("network", "网络中断", 0));
    await lists.load("queue");
    expect(lists.state.queue.phase).toBe("error");
    lists.applyQueue([entry("a", 1, "normal")], AT);
    await lists.load("queue");
    expect(lists.state.queue.phase).toBe("ready");
    expect(lists.state.queue.rows).toHaveLength(1);
  });
});

it.each([
  [29, "urgent", "calm"], [30, "urgent", "soon"], [60, "urgent", "late"],
  [179, "high", "calm"], [300, "high", "late"], [300, "normal", "soon"], [600, "normal", "late"],
] as const)("%i s at %s is %s", (seconds, priority, band) => {
  expect(bandOf(seconds, priority)).toBe(band);
});
