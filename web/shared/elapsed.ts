/** After this a clock says nothing new: banks and police act in the first day. */
export const CLOCK_ENDS_MINUTES = 24 * 60;

/** Whole minutes since a time of the server, never negative (clocks of phones are often wrong); null when it is no time. */
export function minutesSince(since: string, now: number): number | null {
  const at = Date.parse(since);
  return Number.isNaN(at) ? null : Math.max(0, Math.floor((now - at) / 60_000));
}
