import type { Priority } from "../../../shared/protocol";

export type WaitingBand = "calm" | "soon" | "late";

/** Seconds after which a wait turns from calm to soon and from soon to late; urgent people should meet a person within a minute. */
const LIMITS: Record<Priority, readonly [number, number]> = { urgent: [30, 60], high: [180, 300], normal: [300, 600] };

/** How pressing a wait is. */
export function bandOf(seconds: number, priority: Priority): WaitingBand {
  const [soon, late] = LIMITS[priority];
  if (seconds >= late) return "late";
  return seconds >= soon ? "soon" : "calm";
}

/** Whole seconds since `since`, never negative, by the server's clock. */
export function secondsSince(since: string, now: number, skew: number): number {
  const started = Date.parse(since);
  return Number.isNaN(started) ? 0 : Math.max(0, Math.floor((now + skew - started) / 1000));
}
