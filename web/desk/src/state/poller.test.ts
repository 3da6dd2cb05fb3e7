import { expect, it, vi } from "vitest";
import { browserClock } from "../../../shared/client/clock";
import { Poller } from "./poller";

it("asks every ten seconds while it runs, and not at all otherwise", async () => {
  vi.useFakeTimers();
  let polls = 0;
  const poller = new Poller(browserClock, async () => void (polls += 1));
  poller.setRunning(true);
  poller.setRunning(true);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(polls).toBe(3);
  poller.setRunning(false);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(polls).toBe(3);
});
