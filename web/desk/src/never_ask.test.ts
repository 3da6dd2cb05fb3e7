import { describe, expect, it } from "vitest";
import { findForbiddenAsk } from "./never_ask";

describe("findForbiddenAsk", () => {
  it.each([
    ["请把验证码发给我", "code"],
    ["验证码收到了吗，报给我一下", "code"],
    ["短信验证码是多少？", "code"],
    ["请不要担心，把验证码告诉我就行", "code"],
    ["请告诉我您的登录密码", "password"],
    ["请提供卡背面后三位CVV", "cvv"],
    ["麻烦提供一下完整卡号", "card"],
    ["您的银行卡号是多少", "card"],
    ["请提供您的身份证号", "identity"],
    ["麻烦把身份证正反面拍照发过来", "identity"],
    ["需要核实一下：请提供完整身份证号码。", "identity"],
    ["我需要您的验证码", "code"],
    ["能不能把验证码发给我", "code"],
    ["可不可以提供一下身份证号", "identity"],
    ["特别需要说一下您的密码", "password"],
    ["请把您的ＣＶＶ发给我", "cvv"],
  ])("blocks %s", (draft, secret) => {
    expect(findForbiddenAsk(draft)).toBe(secret);
  });

  it.each([
    "请不要把验证码告诉任何人，包括自称客服的人",
    "任何人向您索要验证码，都不要提供。",
    "如果已经把验证码告诉了对方，请马上挂失银行卡",
    "您有没有把密码给过对方？",
    "我们不会向您要密码、验证码或者卡号。",
    "请用另一台手机修改密码",
    "请提供银行卡后四位",
    "请告诉我卡号尾号",
    "请提供身份证号后四位用于核对",
    "对方让您念验证码的话，请立刻挂断",
    "请问您的订单号是多少",
    "请告诉我转账的时间和金额",
    "",
  ])("lets through %s", (draft) => {
    expect(findForbiddenAsk(draft)).toBeNull();
  });
});
