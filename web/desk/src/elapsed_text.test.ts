import { expect, it } from "vitest";
import { clockText } from "./elapsed_text";

const NOW = Date.parse("2026-01-05T08:00:00Z");
const ago = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();

it.each([
  [12, 0, "距转账已过 12 分钟"],
  [12, null, "距求助已过 12 分钟"],
  [12, undefined, "距求助已过 12 分钟"],
  [125, 2, "距转账已过 2 小时 5 分钟"],
  [1440, 24, "距转账已过 1 天以上"],
  [4400, null, "距求助已过 3 天以上"],
  [-3, 0, "距转账已过 0 分钟"],
])("%i minutes, %s hours since the transfer: %s", (minutes, hours, words) => {
  expect(clockText({ since: ago(minutes), ...(hours === undefined ? {} : { hours_ago: hours }) }, NOW)).toBe(words);
});

it("says nothing without a case", () => {
  expect(clockText({}, NOW)).toBe("");
});
