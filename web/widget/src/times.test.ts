import { describe, expect, it } from "vitest";
import { formatMoment, needsSeparator } from "./times";

const now = new Date(2026, 2, 10, 9, 30);

describe("times", () => {
  it.each([
    [new Date(2026, 2, 10, 8, 5), "08:05"],
    [new Date(2026, 2, 9, 23, 59), "昨天 23:59"],
    [new Date(2026, 0, 2, 7, 0), "1月2日 07:00"],
    [new Date(2025, 11, 31, 7, 0), "2025年12月31日 07:00"],
  ])("says %s as people do", (at, text) => expect(formatMoment(at, now)).toBe(text));

  it("separates after five minutes", () => {
    expect(needsSeparator(null, now)).toBe(true);
    expect(needsSeparator(now, new Date(now.getTime() + 299_000))).toBe(false);
    expect(needsSeparator(now, new Date(now.getTime() + 300_000))).toBe(true);
  });
});
