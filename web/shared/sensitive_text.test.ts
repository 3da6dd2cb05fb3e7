import { describe, expect, it } from "vitest";
import { findSensitive } from "./sensitive_text";

describe("findSensitive", () => {
  it.each([
    ["我收到的验证码是 482913", "code"],
    ["482913", "code"],
    ["４８２９１３", "code"],
    ["密码：abc12345", "password"],
    ["我的密码是 888888", "password"],
    ["卡号 4111 1111 1111 1111", "card"],
    ["身份证11010519491231002X", "identity"],
  ])("warns of %s", (text, kind) => expect(findSensitive(text)).toBe(kind));

  it.each([
    "有人问我要验证码怎么办",
    "忘记密码了怎么改",
    "我转了 20000 块",
    "合同编号 1234567890123456",
    "请打 96110",
    "",
  ])("lets %s pass", (text) => expect(findSensitive(text)).toBeNull());
});
