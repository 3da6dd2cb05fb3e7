import { texts } from "./texts";

const two = (number: number): string => String(number).padStart(2, "0");

/** Clock time today, month and day otherwise. */
export function formatTime(at: string, now: number): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return "";
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  const isToday = time.toDateString() === new Date(now).toDateString();
  return isToday ? clock : `${time.getMonth() + 1}-${two(time.getDate())} ${clock}`;
}

/** The whole time, for titles and reports. */
export function formatFullTime(at: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return at;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** The clock with seconds, for what is renewed all the time. */
export function formatClock(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? at : `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** A time of the server in full; a customer's own words ("昨晚十点") as they are. */
export function formatMoment(when: string): string {
  return /^\d{4}-\d{2}-\d{2}T/.test(when) ? formatFullTime(when) : when;
}

/** A wait as a stopwatch shows it: 00:42, 12:05, 1:03:20. */
export function formatWait(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${two(minutes)}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** An amount in fen as yuan, exact to the fen. */
export function formatYuan(fen: number): string {
  const yuan = new Intl.NumberFormat("zh-CN", { minimumFractionDigits: fen % 100 === 0 ? 0 : 2, maximumFractionDigits: 2 }).format(fen / 100);
  return texts.card.yuan(yuan);
}

/** Enough of an article's version, a fingerprint of its text, to tell two apart. */
export function formatVersion(version: string): string {
  return version.slice(0, 8);
}

export function formatPercent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
