export type Shortcut =
  | "accept" | "next" | "previous" | "reply" | "end" | "search" | "back" | "help" | "queue" | "mine" | "closed" | "mentions" | "note";

/** Every key that does something outside of fields; the page that explains them is checked against it. */
export const KEYS: Readonly<Record<string, Shortcut>> = {
  a: "accept", j: "next", k: "previous", r: "reply", e: "end", "/": "search", "?": "help", Escape: "back", "1": "queue", "2": "mine", "3": "closed", "4": "mentions", n: "note",
};

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  isComposing: boolean;
}

/** The shortcut of a key press; none while somebody types, except Escape, which leaves the field. */
export function shortcutOf(press: KeyPress, isTyping: boolean): Shortcut | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.isComposing) return null;
  const shortcut = KEYS[press.key.length === 1 ? press.key.toLowerCase() : press.key] ?? null;
  return isTyping && shortcut !== "back" ? null : shortcut;
}

/** True when a key press goes into a field rather than to the page. */
export function isTypingTarget(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit"].includes(target.type);
  return target.getAttribute("role") === "combobox";
}
