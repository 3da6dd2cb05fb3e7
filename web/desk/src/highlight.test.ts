import { expect, it } from "vitest";
import { cutAtSpans } from "./highlight";

it("marks spans and keeps the rest", () => {
  expect(cutAtSpans("我刚转了五万给客服", [{ start: 2, end: 6, label: "transfer" }])).toEqual([
    { text: "我刚", labels: [] },
    { text: "转了五万", labels: ["transfer"] },
    { text: "给客服", labels: [] },
  ]);
});

it("counts code points, not UTF-16 units", () => {
  expect(cutAtSpans("😭转账", [{ start: 1, end: 3, label: "transfer" }])[1]).toEqual({ text: "转账", labels: ["transfer"] });
});

it("survives overlap and spans past the end", () => {
  const segments = cutAtSpans("abcd", [{ start: 0, end: 3, label: "x" }, { start: 2, end: 99, label: "y" }, { start: 9, end: 12, label: "z" }]);
  expect(segments.map((segment) => segment.text).join("")).toBe("abcd");
  expect(segments[1]).toEqual({ text: "c", labels: ["x", "y"] });
});

it("answers nothing for an empty text", () => {
  expect(cutAtSpans("", [])).toEqual([]);
});
