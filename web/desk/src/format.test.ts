import { expect, it } from "vitest";
import { formatTime, formatWait, formatYuan } from "./format";

it.each([[0, "00:00"], [42, "00:42"], [725, "12:05"], [3800, "1:03:20"]])("%i seconds read %s", (seconds, text) => {
  expect(formatWait(seconds)).toBe(text);
});

it("shows fen only where there are any", () => {
  expect(formatYuan(5_000_000)).toContain("50,000");
  expect(formatYuan(5_000_000)).not.toContain(".");
  expect(formatYuan(1_234_505)).toContain("12,345.05");
});

it("shows the date only for other days, and nothing for nonsense", () => {
  const now = new Date(2026, 4, 3, 12).getTime();
  expect(formatTime(new Date(2026, 4, 3, 9, 5).toISOString(), now)).toBe("09:05");
  expect(formatTime(new Date(2026, 4, 2, 9, 5).toISOString(), now)).toBe("5-02 09:05");
  expect(formatTime("nonsense", now)).toBe("");
});
