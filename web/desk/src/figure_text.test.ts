import { describe, expect, it } from "vitest";
import { formatFigure, formatSample, formatSpan } from "./figure_text";

const FIGURE = { unit: "share", value: null, numerator: 2, denominator: 3, sample: 3, least: 30 } as const;

describe("formatFigure", () => {
  it.each([
    ["share", 0.937, "94%"],
    ["count", 12, "12"],
    ["seconds", 200, "3 分 20 秒"],
    ["fen", 500_000, "5,000 元"],
    ["share", null, "—"],
  ] as const)("writes %s %s as %s", (unit, value, text) => {
    expect(formatFigure({ unit, value })).toBe(text);
  });
});

describe("formatSample", () => {
  it("names numerator and denominator, and that they are too few", () => {
    expect(formatSample(FIGURE)).toBe("2 / 3 · 样本不足：3 / 30");
  });

  it("says nothing of too few where they are enough", () => {
    expect(formatSample({ ...FIGURE, value: 0.9, numerator: 27, denominator: 30, sample: 30 })).toBe("27 / 30");
  });
});

describe("formatSpan", () => {
  it.each([[0, "0 秒"], [59.6, "1 分"], [3600, "1 小时"], [7500, "2 小时 5 分"]] as const)("writes %s s as %s", (seconds, text) => {
    expect(formatSpan(seconds)).toBe(text);
  });
});
