import { texts } from "./texts";

const SEPARATE_AFTER_MS = 5 * 60_000;

/** Hours and minutes where the customer is. */
export function formatClock(at: Date): string {
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}

/** A time as people say it: today only the clock, then yesterday, then the date. */
export function formatMoment(at: Date, now: Date): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / 86_400_000);
  if (days === 0) return formatClock(at);
  if (days === 1) return `${texts.time.yesterday} ${formatClock(at)}`;
  const date =
    at.getFullYear() === now.getFullYear()
      ? texts.time.monthDay(at.getMonth() + 1, at.getDate())
      : texts.time.yearMonthDay(at.getFullYear(), at.getMonth() + 1, at.getDate());
  return `${date} ${formatClock(at)}`;
}

/** Tells whether a time belongs between two messages. */
export function needsSeparator(previous: Date | null, at: Date): boolean {
  return previous === null || at.getTime() - previous.getTime() >= SEPARATE_AFTER_MS;
}

function startOfDay(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}
