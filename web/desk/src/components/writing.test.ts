import { createApp, nextTick, reactive, ref, type App, type Component } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CannedReply } from "../api/tools_api";
import { deskKey, type Desk } from "../desk";
import { NOTE_FIELD, REPLY_FIELD } from "../keyboard";
import NoteBox from "./NoteBox.vue";
import ReplyBox from "./ReplyBox.vue";
import ViewersNote from "./ViewersNote.vue";

const GAP = "【请填写：客户姓名】";
const hello: CannedReply = { id: "r1", shortcut: "hello", folder: "", shared: false, used: 0, title: "开场白", body: "您好", draft: null, versions: [], may: [] };
const drafts = reactive(new Map<string, string>());
const send = vi.fn();
const useReply = vi.fn();
const writeNote = vi.fn();
const state = reactive({ id: "c1", detail: { owner: "agent", resolutions: [] }, messages: [{ seq: 7 }], viewers: [] as { id: string; name: string; typing: boolean }[] });
const desk = {
  conversation: { state }, isMine: ref(true), session: { state: { agent: { id: "me", name: "林静", rights: ["serve"] } } }, preferences: reactive({ largeText: false }),
  draftOf: (id: string) => drafts.get(id) ?? "", setDraft: (id: string, text: string) => drafts.set(id, text), outbox: { send }, typing: { stop: vi.fn(), input: vi.fn() },
  canned: { state: { replies: [hello] } }, ui: { writing: "reply" },
  tools: { useReply, writeNote, colleagues: async () => ({ colleagues: [{ id: "a2", name: "沈宁" }] }) },
} as unknown as Desk;
let app: App | null = null;

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  drafts.clear();
  for (const mock of [send, useReply, writeNote]) mock.mockReset();
});
afterEach(() => {
  app?.unmount();
  vi.unstubAllGlobals();
});

function show(component: Component): void {
  const root = document.createElement("div");
  document.body.replaceChildren(root);
  app = createApp(component);
  app.provide(deskKey, desk);
  app.mount(root);
}

async function type(id: string, text: string): Promise<HTMLTextAreaElement> {
  const field = document.getElementById(id) as HTMLTextAreaElement;
  field.value = text;
  field.setSelectionRange(text.length, text.length);
  field.dispatchEvent(new Event("input"));
  await nextTick();
  return field;
}

async function press(field: HTMLElement, key: string): Promise<void> {
  field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  // The call and what Vue draws after it.
  for (let index = 0; index < 5; index += 1) await nextTick();
}

describe("ReplyBox", () => {
  it("puts a canned reply in by keyboard and sends it only when its gap is filled", async () => {
    useReply.mockResolvedValue({ text: `${GAP}您好`, gaps: ["customer_name"] });
    show(ReplyBox);
    const field = await type(REPLY_FIELD, "/he");
    expect(document.querySelector('[role="option"][aria-selected="true"]')?.textContent).toContain("开场白");

    await press(field, "Enter");
    expect(useReply).toHaveBeenCalledWith("r1", "c1");
    expect(drafts.get("c1")).toBe(`${GAP}您好`);
    expect(field.value.slice(field.selectionStart, field.selectionEnd)).toBe(GAP);
    await press(field, "Enter");
    expect(send).not.toHaveBeenCalled();
    expect(document.querySelector(".gap")?.textContent).toContain("客户姓名");

    await type(REPLY_FIELD, "王女士您好");
    await press(field, "Enter");
    expect(send).toHaveBeenCalledWith("c1", "王女士您好", 7);
  });

  it("leaves a slash within a sentence alone", async () => {
    show(ReplyBox);
    const field = await type(REPLY_FIELD, "1/2");
    expect(document.querySelector('[role="listbox"]')).toBeNull();
    await press(field, "Enter");
    expect(send).toHaveBeenCalledWith("c1", "1/2", 7);
  });

  it("closes the palette with Escape and then sends what was typed", async () => {
    show(ReplyBox);
    const field = await type(REPLY_FIELD, "/he");
    await press(field, "Escape");
    expect(document.querySelector('[role="listbox"]')).toBeNull();
    await press(field, "Enter");
    expect(send).toHaveBeenCalledWith("c1", "/he", 7);
  });
});

describe("NoteBox", () => {
  it("mentions who was chosen, and never sends to the customer", async () => {
    writeNote.mockResolvedValue({ id: "n1" });
    show(NoteBox);
    await nextTick();
    const field = await type(NOTE_FIELD, "@沈");
    await press(field, "Enter");
    expect(drafts.get("note:c1")).toBe("@沈宁 ");
    await type(NOTE_FIELD, "@沈宁 请看");
    await press(field, "Enter");

    expect(writeNote).toHaveBeenCalledWith("c1", { client_id: expect.any(String), text: "@沈宁 请看", mentions: ["a2"] });
    expect(send).not.toHaveBeenCalled();
    expect(drafts.get("note:c1")).toBe("");
  });

  it("keeps the words and says why when it fails, and tries the same note again", async () => {
    writeNote.mockRejectedValue(new Error("no network"));
    show(NoteBox);
    const field = await type(NOTE_FIELD, "请看");
    await press(field, "Enter");
    await press(field, "Enter");

    expect(document.querySelector('[role="alert"]')?.textContent).not.toBe("");
    expect(drafts.get("note:c1")).toBe("请看");
    expect(writeNote.mock.calls[0]?.[1].client_id).toBe(writeNote.mock.calls[1]?.[1].client_id);
  });
});

describe("ViewersNote", () => {
  it("names colleagues who look or write, and not the agent", async () => {
    state.viewers = [{ id: "me", name: "林静", typing: true }];
    show(ViewersNote);
    expect(document.body.textContent?.trim()).toBe("");
    state.viewers = [...state.viewers, { id: "a2", name: "沈宁", typing: false }];
    await nextTick();
    expect(document.body.textContent).toContain("沈宁 也在看");
    state.viewers = [{ id: "a2", name: "沈宁", typing: true }];
    await nextTick();
    expect(document.body.textContent).toContain("沈宁 正在输入");
  });
});
