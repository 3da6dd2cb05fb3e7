import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { browserClock } from "./clock";
import { TypingIndicator, TypingSender } from "./typing";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("tells at most once in three seconds and tells the end", () => {
  const sent: boolean[] = [];
  const sender = new TypingSender(browserClock, (on) => sent.push(on));
  for (let key = 0; key < 8; key += 1) {
    sender.input();
    vi.advanceTimersByTime(500);
  }
  expect(sent).toEqual([true, true]);
  vi.advanceTimersByTime(5000);
  expect(sent).toEqual([true, true, false]);
  sender.stop();
  expect(sent).toHaveLength(3);
});

it("ends by itself after ten seconds", () => {
  const changed = vi.fn();
  const indicator = new TypingIndicator(browserClock, changed);
  indicator.set(true);
  vi.advanceTimersByTime(9_000);
  indicator.set(true);
  vi.advanceTimersByTime(9_000);
  expect(indicator.on).toBe(true);
  vi.advanceTimersByTime(1_000);
  expect(indicator.on).toBe(false);
  expect(changed).toHaveBeenCalledTimes(2);
});
