import { expect, it } from "vitest";
import { KEYS, isTypingTarget, shortcutOf } from "./shortcuts";
import { texts } from "./texts";

const press = (key: string, change: object = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, ...change });

it("knows its keys", () => {
  expect(shortcutOf(press("j"), false)).toBe("next");
  expect(shortcutOf(press("J"), false)).toBe("next");
  expect(shortcutOf(press("?"), false)).toBe("help");
  expect(shortcutOf(press("x"), false)).toBeNull();
});

it("never fires while somebody types, but Escape leaves the field", () => {
  expect(shortcutOf(press("e"), true)).toBeNull();
  expect(shortcutOf(press("Escape"), true)).toBe("back");
});

it("leaves the browser's and the input method's keys alone", () => {
  expect(shortcutOf(press("r", { ctrlKey: true }), false)).toBeNull();
  expect(shortcutOf(press("k", { metaKey: true }), false)).toBeNull();
  expect(shortcutOf(press("Escape", { isComposing: true }), true)).toBeNull();
});

it("recognises fields", () => {
  expect(isTypingTarget(document.createElement("textarea"))).toBe(true);
  expect(isTypingTarget(document.createElement("input"))).toBe(true);
  expect(isTypingTarget(Object.assign(document.createElement("input"), { type: "checkbox" }))).toBe(false);
  expect(isTypingTarget(document.createElement("button"))).toBe(false);
  expect(isTypingTarget(null)).toBe(false);
});

it("explains every key that does something, and no other", () => {
  const explained = texts.shortcuts.rows.flatMap(([keys]) => keys.split(/ \/ |、/)).map((key) => (key === "Esc" ? "Escape" : key));
  for (const key of Object.keys(KEYS)) expect(explained, `${key} is not explained`).toContain(key);
  // What fields and lists handle themselves.
  const elsewhere = ["Enter", "Enter 或 Ctrl+Enter", "行首 /", "@"];
  for (const key of explained.filter((one) => !elsewhere.includes(one))) expect(Object.keys(KEYS), `${key} does nothing`).toContain(key);
});
