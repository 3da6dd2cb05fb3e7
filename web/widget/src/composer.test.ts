import { beforeEach, describe, expect, it, vi } from "vitest";
import { Composer } from "./composer";

const onSend = vi.fn();
let composer: Composer;
let input: HTMLTextAreaElement;

function type(text: string): void {
  input.value = text;
  input.dispatchEvent(new Event("input"));
}

function press(options: KeyboardEventInit): boolean {
  return input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true, ...options }));
}

beforeEach(() => {
  onSend.mockReset();
  composer = new Composer({ onSend, onInput: () => undefined });
  const found = composer.node.querySelector("textarea");
  if (!found) throw new Error("no input");
  input = found;
});

describe("Composer", () => {
  it("sends with Enter and empties the field", () => {
    type("  你好 ");
    expect(press({})).toBe(false);
    expect(onSend).toHaveBeenCalledExactlyOnceWith("你好", []);
    expect(input.value).toBe("");
  });

  it("leaves Shift+Enter to the field and sends nothing empty", () => {
    type("你好");
    expect(press({ shiftKey: true })).toBe(true);
    type("   ");
    press({});
    expect(onSend).not.toHaveBeenCalled();
  });

  it.each([
    ["isComposing", { isComposing: true }],
    ["the key code of input methods", { keyCode: 229 }],
  ])("does not take the Enter of an input method for sending, told by %s", (_name, options) => {
    type("ni hao");
    expect(press(options)).toBe(true);
    expect(onSend).not.toHaveBeenCalled();
  });

  it("never sends during a composition, not even by the button", () => {
    type("ni hao");
    input.dispatchEvent(new Event("compositionstart"));
    press({});
    composer.node.dispatchEvent(new Event("submit", { cancelable: true }));
    expect(onSend).not.toHaveBeenCalled();
    input.dispatchEvent(new Event("compositionend"));
    press({});
    expect(onSend).toHaveBeenCalledOnce();
  });

  it("counts near the limit and refuses above it, without cutting what was pasted", () => {
    type("字".repeat(1900));
    expect(composer.node.textContent).toContain("还可输入 100 字");
    type("字".repeat(2001));
    expect(composer.node.textContent).toContain("超出 1 字");
    press({});
    expect(onSend).not.toHaveBeenCalled();
    expect(input.value).toHaveLength(2001);
    type("😀".repeat(2000));
    press({});
    expect(onSend).toHaveBeenCalledOnce();
  });

  it("warns of a code and sends all the same", () => {
    type("验证码 482913");
    expect(composer.node.querySelector("[role=alert]")?.textContent).toContain("请勿发送密码或验证码");
    press({});
    expect(onSend).toHaveBeenCalledOnce();
    expect(composer.node.querySelector<HTMLElement>("[role=alert]")?.hidden).toBe(true);
  });
});
