import { nextTick } from "vue";
import type { Desk } from "./desk";
import { isTypingTarget, shortcutOf } from "./shortcuts";

export const REPLY_FIELD = "reply-text";
export const NOTE_FIELD = "note-text";
export const SEARCH_FIELD = "knowledge-query";
export const LIST_ROW = "[data-row]";

/** Does what a key press asks for. */
export function runShortcut(desk: Desk, event: KeyboardEvent): void {
  const isTyping = isTypingTarget(event.target);
  const shortcut = shortcutOf(event, isTyping);
  // Dialogs and menus handle their own keys; handled keys arrive here prevented.
  if (shortcut === null || event.defaultPrevented || isDialogOpen()) return;
  if (shortcut === "help") {
    desk.ui.showsShortcuts = true;
  } else if (shortcut === "back") {
    goBack(desk, isTyping);
    return;
  } else if (desk.route.current.page !== "desk") {
    return;
  } else if (shortcut === "accept") {
    document.querySelector<HTMLElement>("[data-accept]")?.click();
  } else if (shortcut === "next" || shortcut === "previous") {
    moveInList(shortcut === "next" ? 1 : -1);
  } else if (shortcut === "reply" || shortcut === "note") {
    focusWriting(desk, shortcut);
  } else if (shortcut === "search") {
    focusSearch(desk);
  } else if (shortcut === "end") {
    if (desk.isMine.value) desk.ui.showsClose = true;
  } else {
    desk.showTab(shortcut);
    void nextTick(() => document.getElementById(`tab-${shortcut}`)?.focus());
  }
  event.preventDefault();
}

/** Goes to the box for the customer or to the one for colleagues. */
export function focusWriting(desk: Desk, kind: "reply" | "note"): void {
  desk.ui.writing = kind;
  void nextTick(() => document.getElementById(kind === "reply" ? REPLY_FIELD : NOTE_FIELD)?.focus());
}

/** Brings up the knowledge search, wherever the screen's width has put it. */
export function focusSearch(desk: Desk): void {
  desk.ui.cardTab = "search";
  const { current } = desk.route;
  if (current.page === "desk" && current.conversation !== null) desk.route.go({ ...current, showsCard: true });
  void nextTick(() => document.getElementById(SEARCH_FIELD)?.focus());
}

function goBack(desk: Desk, isTyping: boolean): void {
  if (isTyping && document.activeElement instanceof HTMLElement) {
    document.activeElement.blur();
    return;
  }
  const { current } = desk.route;
  if (current.page === "desk" && current.showsCard) desk.route.go({ ...current, showsCard: false });
  else if (current.page === "desk" && isListVisible()) focusCurrentRow();
  else desk.route.go({ page: "desk", conversation: null, showsCard: false });
}

function isListVisible(): boolean {
  return (document.getElementById("list-panel")?.offsetParent ?? null) !== null;
}

/** With the list beside the conversation, going back is a matter of focus: nothing has to close. */
function focusCurrentRow(): void {
  const row = document.querySelector<HTMLElement>(`${LIST_ROW}[aria-current="true"]`) ?? document.querySelector<HTMLElement>(LIST_ROW);
  row?.focus();
}

function moveInList(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>(LIST_ROW)];
  if (rows.length === 0) return;
  const focused = rows.findIndex((row) => row === document.activeElement);
  const start = focused >= 0 ? focused : rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const next = start < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, start + step));
  rows[next]?.focus();
  rows[next]?.scrollIntoView({ block: "nearest" });
}

function isDialogOpen(): boolean {
  return [...document.querySelectorAll<HTMLElement>('[role="dialog"]')].some((dialog) => dialog.offsetParent !== null && dialog.getAttribute("aria-modal") === "true");
}
