import type { Figure } from "./api/board_api";
import { formatPercent, formatYuan } from "./format";
import { texts } from "./texts";

/** A length of time in words: 42 秒, 3 分 20 秒, 2 小时 5 分. */
export function formatSpan(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return texts.board.seconds(whole);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return texts.board.minutes(minutes, whole % 60);
  return texts.board.longHours(Math.floor(minutes / 60), minutes % 60);
}

/** A figure's value; a dash where the sample is too small for one. */
export function formatFigure({ unit, value }: Pick<Figure, "unit" | "value">): string {
  if (value === null) return texts.board.none;
  if (unit === "share") return formatPercent(value);
  if (unit === "seconds") return formatSpan(value);
  return unit === "fen" ? formatYuan(value) : String(value);
}

/** What a figure rests on, in one short line. */
export function formatSample(figure: Pick<Figure, "unit" | "value" | "numerator" | "denominator" | "sample" | "least">): string {
  const parts: string[] = [];
  if (figure.numerator !== null && figure.denominator !== null) parts.push(texts.board.ratio(figure.numerator, figure.denominator));
  else if (figure.unit === "seconds") parts.push(texts.board.sample(figure.sample));
  if (figure.value === null && figure.sample < figure.least) parts.push(texts.board.tooFew(figure.sample, figure.least));
  return parts.join(" · ");
}
