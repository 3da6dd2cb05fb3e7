import { describe, expect, it } from "vitest";
import { message } from "./fakes";
import { Timeline } from "./timeline";

const seqs = (timeline: Timeline): number[] => timeline.messages().map((item) => item.seq);

describe("Timeline", () => {
  it("keeps the order, drops repeats and notices a gap", () => {
    const timeline = new Timeline();
    expect(timeline.merge(message(1))).toEqual({ isNew: true, hasGap: false });
    expect(timeline.merge(message(1))).toEqual({ isNew: false, hasGap: false });
    expect(timeline.merge(message(3))).toEqual({ isNew: true, hasGap: true });
    expect(timeline.cursor("c1")).toBe(1);
    timeline.merge(message(2));
    expect(timeline.cursor("c1")).toBe(3);
    expect(seqs(timeline)).toEqual([1, 2, 3]);
  });

  it("passes over numbers which the server leaves out", () => {
    const timeline = new Timeline();
    timeline.merge(message(1));
    timeline.merge(message(5));
    timeline.fill("c1", [message(3), message(5)], true);
    expect(timeline.cursor("c1")).toBe(5);
    expect(timeline.merge(message(6)).hasGap).toBe(false);
  });

  it("goes on from the end of an incomplete answer", () => {
    const timeline = new Timeline();
    timeline.merge(message(9));
    timeline.fill("c1", [message(2), message(4)], false);
    expect(timeline.cursor("c1")).toBe(4);
  });

  it("keeps a cursor for each conversation and shows them in turn", () => {
    const timeline = new Timeline();
    timeline.open("old");
    timeline.merge(message(1, { conversation: "new" }));
    timeline.merge(message(1, { conversation: "old" }));
    timeline.merge(message(2, { conversation: "old" }));
    expect(timeline.messages().map((item) => item.id)).toEqual(["old-1", "old-2", "new-1"]);
    expect([timeline.cursor("old"), timeline.cursor("new"), timeline.cursor("none")]).toEqual([2, 1, 0]);
  });
});
