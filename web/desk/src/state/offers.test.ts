import { expect, it, vi } from "vitest";
import type { LostConversation, QueueEntry } from "../../../shared/protocol";
import { Offers, offersFor, secondsLeft } from "./offers";

const UNTIL = "2026-11-23T02:00:30+00:00";

function entry(conversation: string, agent: string | null, until = UNTIL): QueueEntry {
  return {
    conversation, position: 1, priority: "normal", reason: "request_human", reason_text: "客户要求人工", waiting_since: UNTIL,
    customer: { id: "c", name: "访客", verified: false }, preview: "", case: null,
    offer: agent === null ? null : { agent: { id: agent, name: agent }, until, why_text: "" },
  } as QueueEntry;
}

const lost = (id: string): LostConversation => ({
  id, conversation: "x", customer: { id: "c", name: "访客", verified: false }, reason: "no_reply", reason_text: "接入后未及时回复，转回排队", at: UNTIL,
});

it("shows an agent what waits for their answer and nobody else's", () => {
  const entries = [entry("a", "lin"), entry("b", "wu"), entry("c", null)];
  expect(offersFor(entries, "lin").map((one) => one.conversation)).toEqual(["a"]);
  expect(offersFor(entries, null)).toEqual([]);
});

it("counts down by the server's clock and never below nothing", () => {
  const now = Date.parse("2026-11-23T02:00:00+00:00");
  expect(secondsLeft(UNTIL, now, 0)).toBe(30);
  expect(secondsLeft(UNTIL, now, 10_000)).toBe(20);
  expect(secondsLeft(UNTIL, now + 60_000, 0)).toBe(0);
  expect(secondsLeft("", now, 0)).toBe(0);
});

it("tells of each offer once, and again when it comes back", () => {
  const tell = vi.fn();
  const offers = new Offers(tell);
  offers.look([entry("a", "lin")], "lin");
  offers.look([entry("a", "lin")], "lin");
  expect(tell).toHaveBeenCalledTimes(1);
  offers.look([entry("a", "wu")], "lin");
  expect(offers.state.offers).toEqual([]);
  offers.look([entry("a", "lin", "2026-11-23T02:05:00+00:00")], "lin");
  expect(tell).toHaveBeenCalledTimes(2);
});

it("keeps what was taken away on the screen until it has been read", () => {
  const offers = new Offers(() => undefined);
  offers.applyLost([lost("1"), lost("2")]);
  offers.dismiss("1");
  offers.applyLost([lost("1"), lost("2")]);
  expect(offers.state.lost.map((one) => one.id)).toEqual(["2"]);
});

it("forgets everything with the agent", () => {
  const offers = new Offers(() => undefined);
  offers.look([entry("a", "lin")], "lin");
  offers.applyLost([lost("1")]);
  offers.clear();
  expect(offers.state).toEqual({ offers: [], lost: [] });
});
