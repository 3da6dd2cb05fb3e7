import type { Span } from "../../shared/protocol";

export interface Segment {
  text: string;
  /** Labels of the spans covering this piece; empty for plain text. */
  labels: string[];
}

/**
 * Cuts a text into plain and marked pieces.
 *
 * Spans count code points, as the server does, while JavaScript strings count UTF-16 units; they may overlap or run past the end.
 */
export function cutAtSpans(text: string, spans: readonly Span[]): Segment[] {
  const points = Array.from(text);
  const inside = spans
    .map((span) => ({ ...span, start: Math.max(0, span.start), end: Math.min(points.length, span.end) }))
    .filter((span) => span.start < span.end);
  const cuts = [...new Set([0, points.length, ...inside.flatMap((span) => [span.start, span.end])])].sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (let index = 0; index + 1 < cuts.length; index += 1) {
    const start = cuts[index] ?? 0;
    const end = cuts[index + 1] ?? 0;
    const labels = inside.filter((span) => span.start <= start && span.end >= end).map((span) => span.label);
    segments.push({ text: points.slice(start, end).join(""), labels: [...new Set(labels)] });
  }
  return segments;
}
