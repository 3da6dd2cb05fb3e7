import { describe, expect, it } from "vitest";
import { requestOf } from "./flag_action";

describe("requestOf", () => {
  it.each([
    ["confirm", { choice: "victim", note: " 已核实 " }, { path: "confirm", role: "victim", note: "已核实" }],
    ["clear", { choice: "", note: "误报" }, { path: "clear", note: "误报" }],
    ["appeal", { choice: "", note: "不是我" }, { path: "appeal", note: "不是我" }],
    ["decide_appeal", { choice: "dismissed", note: "证据清楚" }, { path: "appeal/decide", outcome: "dismissed", note: "证据清楚" }],
    ["notice", { choice: "", note: "" }, { path: "notice" }],
  ] as const)("makes the request of %s", (action, form, request) => {
    expect(requestOf(action, form)).toEqual(request);
  });

  it.each([
    ["confirm", { choice: "", note: "已核实" }, "choice"],
    ["confirm", { choice: "unknown", note: "已核实" }, "choice"],
    ["confirm", { choice: "granted", note: "已核实" }, "choice"],
    ["confirm", { choice: "victim", note: "  " }, "note"],
    ["clear", { choice: "", note: "" }, "note"],
    ["appeal", { choice: "", note: "\n" }, "note"],
    ["decide_appeal", { choice: "victim", note: "好" }, "choice"],
    ["decide_appeal", { choice: "granted", note: "" }, "note"],
  ] as const)("asks for what is missing in %s", (action, form, missing) => {
    expect(requestOf(action, form)).toBe(missing);
  });
});
