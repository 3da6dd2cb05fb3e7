import { describe, expect, it } from "vitest";
import { findProblem, formatSize } from "./file_rules";

const file = (name: string, type: string, size = 3): File => new File(["x".repeat(size)], name, { type });

describe("findProblem", () => {
  it.each([
    ["a.png", "image/png"],
    ["IMG.JPG", ""],
    ["", "image/png"],
    ["合同.pdf", "application/pdf"],
    ["录音.amr", ""],
  ])("lets %s of type '%s' pass", (name, type) => expect(findProblem(file(name, type))).toBeNull());

  it.each([
    ["a.svg", "image/svg+xml"],
    ["a.html", "text/html"],
    ["a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
    ["a.exe", ""],
    ["a.heic", "image/heic"],
  ])("refuses %s", (name, type) => expect(findProblem(file(name, type))).toBe("type"));

  it("refuses what is empty or too large before it is sent", () => {
    expect(findProblem(file("a.png", "image/png", 0))).toBe("empty");
    expect(findProblem(file("a.png", "image/png", 1024 * 1024 + 1), 1)).toBe("too_large");
  });
});

it.each([
  [900, "900 B"],
  [2048, "2 KB"],
  [5_500_000, "5.2 MB"],
])("reads %i bytes as %s", (bytes, words) => expect(formatSize(bytes)).toBe(words));
