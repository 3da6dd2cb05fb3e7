import type { Callback } from "../../shared/protocol";

/** How a call to make stands at a moment. */
export type Due = "taken" | "overdue" | "due" | "later" | "waiting";

/** Tells how a call stands: being made, past its window, to be made now, to be tried again, or not yet due. */
export function dueOf(callback: Pick<Callback, "agent" | "next_at" | "window" | "attempts">, now: number): Due {
  if (callback.agent !== null) return "taken";
  if (now < Date.parse(callback.next_at)) return callback.attempts === 0 ? "waiting" : "later";
  return now > Date.parse(callback.window.end) ? "overdue" : "due";
}
