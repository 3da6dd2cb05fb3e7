import { describe, expect, it } from "vitest";
import { dueOf } from "./callback_due";

const callback = {
  agent: null as { id: string; name: string } | null,
  attempts: 0,
  next_at: "2026-11-23T01:00:00+00:00",
  window: { start: "2026-11-23T01:00:00+00:00", end: "2026-11-23T04:00:00+00:00", text: "" },
};
const at = (time: string): number => Date.parse(`2026-11-23T${time}:00+00:00`);

describe("dueOf", () => {
  it.each([
    ["waiting", "00:59"],
    ["due", "01:00"],
    ["due", "04:00"],
    ["overdue", "04:01"],
  ])("is %s at %s", (expected, time) => expect(dueOf(callback, at(time))).toBe(expected));

  it("says when to try again after an attempt", () => {
    expect(dueOf({ ...callback, attempts: 1, next_at: "2026-11-23T02:00:00+00:00" }, at("01:30"))).toBe("later");
  });

  it("leaves a call to whoever makes it", () => {
    expect(dueOf({ ...callback, agent: { id: "a", name: "林一" } }, at("05:00"))).toBe("taken");
  });
});
