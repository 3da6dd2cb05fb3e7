import { CLOCK_ENDS_MINUTES, minutesSince } from "../../shared/elapsed";
import type { ScamCard } from "../../shared/protocol";
import { texts } from "./texts";

/** How long ago the money went or, while that is unknown, help was first asked for; empty without a case. */
export function clockText(scam: Pick<ScamCard, "since" | "hours_ago">, now: number): string {
  const minutes = scam.since === undefined ? null : minutesSince(scam.since, now);
  if (minutes === null) return "";
  const words = texts.scam.clock[typeof scam.hours_ago === "number" ? "transfer" : "help"];
  return minutes >= CLOCK_ENDS_MINUTES ? texts.scam.clockDays(words, Math.floor(minutes / CLOCK_ENDS_MINUTES)) : texts.scam.clockMinutes(words, minutes);
}
