import { expect, it } from "vitest";
import { formatMoment, formatTime, formatWait, formatYuan } from "./format";

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

it.each(["昨晚十点", "2026-01-05", "3 天前"])("leaves the customer's own words %s as they are", (words) => {
  expect(formatMoment(words)).toBe(words);
});

it("shows a time of the server in full", () => {
  expect(formatMoment(new Date(2026, 0, 5, 8, 0).toISOString())).toBe("2026-01-05 08:00");
});
