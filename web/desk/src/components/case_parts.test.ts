import { createApp, nextTick, reactive, ref, type App } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CaseDetail, CaseField } from "../../../shared/cases";
import { deskKey, type Desk } from "../desk";
import CaseBox from "./CaseBox.vue";
import CaseDetailView from "./CaseDetailView.vue";

const field = (name: string, label: string, kind: CaseField["kind"]): CaseField => ({ name, label, kind, most: 100, choices: [], is_required: false });
const found = (fields: Partial<CaseDetail> = {}): CaseDetail => ({
  id: "k1", number: "XB20260105-AAAAAA", type: "relief", type_text: "救助", status: "in_progress", status_text: "处理中", priority: "normal",
  customer: { id: "u1", name: "王**", verified: true }, owner: null, summary: "住院", opened_at: "2026-01-05T08:00:00Z", updated_at: "2026-01-05T08:00:00Z", closed_at: null,
  due: { kind: "case_answer", title: "办理答复", due_at: "2026-01-20T08:00:00Z", state: "running" }, resolution: null,
  form: [{ ...field("hardship", "困难情况", "text"), value: "住院" }, { ...field("requested_fen", "申请金额", "money"), value: 500_050 }],
  known: [], moves: [{ status: "waiting_customer", text: "等待补充信息" }], closings: [], clocks: [],
  timeline: [{ seq: 1, kind: "opened", kind_text: "登记", by: "机器人", at: "2026-01-05T08:00:00Z", details: [{ label: "原因", text: "<b>x</b>" }] }],
  chain: { is_whole: true, broken_at: null, head: "0" }, conversations: [{ id: "c1", channel: "web", owner: "agent", opened_at: "2026-01-05T08:00:00Z", closed_at: null, can_open: true }],
  linkable: [], attachments: [], related: [{ kind: "same_scam", kind_text: "同一骗局", case: null }], others: [], merged_into: null, undoable_merge: null, may: ["fields", "owner"], ...fields,
});
const api = { case: vi.fn(), actOnCase: vi.fn(), openCase: vi.fn() };
const go = vi.fn();
const conversation = reactive<{ state: { id: string | null; detail: unknown } }>({ state: { id: "c1", detail: null } });
const isMine = ref(true);
const desk = { api, isMine, conversation, openConversation: vi.fn(), route: { go, current: {} }, session: { state: { agent: { id: "a1", rights: ["serve"] } } } } as unknown as Desk;
let app: App | null = null;
let root: HTMLElement;

async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
  await nextTick();
}

async function show(component: object, props: Record<string, unknown> = {}): Promise<void> {
  root = document.createElement("div");
  document.body.replaceChildren(root);
  app = createApp(component, props);
  app.provide(deskKey, desk);
  app.mount(root);
  await settle();
}

const control = (label: string): HTMLInputElement => {
  const { htmlFor } = [...root.querySelectorAll("label")].find((one) => one.textContent?.includes(label)) as HTMLLabelElement;
  return document.getElementById(htmlFor) as HTMLInputElement;
};
function type(label: string, text: string): void {
  const input = control(label);
  input.value = text;
  input.dispatchEvent(new Event("input"));
}
const press = (words: string): void => [...root.querySelectorAll("button")].find((one) => one.textContent?.includes(words))?.click();

beforeEach(() => {
  for (const call of Object.values(api)) call.mockReset();
  go.mockReset();
  isMine.value = true;
  api.case.mockResolvedValue({ case: found() });
});
afterEach(() => app?.unmount());

describe("a case", () => {
  it("sends only the fields that were changed, money in fen", async () => {
    await show(CaseDetailView, { id: "k1" });
    expect(control("申请金额").value).toBe("5000.50");
    api.actOnCase.mockResolvedValue({ case: found({ form: [{ ...field("hardship", "困难情况", "text"), value: "住院" }, { ...field("requested_fen", "申请金额", "money"), value: 1_015 }] }) });
    type("申请金额", "10.15");
    await nextTick();
    root.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true }));
    await settle();
    expect(api.actOnCase).toHaveBeenCalledWith("k1", { path: "fields", fields: { requested_fen: 1_015 } });
    expect(control("申请金额").value).toBe("10.15");
  });

  it("says what is wrong with a field and sends nothing", async () => {
    await show(CaseDetailView, { id: "k1" });
    type("申请金额", "一百");
    await nextTick();
    root.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true }));
    await settle();
    expect(root.querySelector(".problem")?.textContent).toContain("最多两位小数");
    expect(api.actOnCase).not.toHaveBeenCalled();
  });

  it("keeps what is being typed when something else is done", async () => {
    await show(CaseDetailView, { id: "k1" });
    type("困难情况", "住院三个月");
    await nextTick();
    api.actOnCase.mockResolvedValue({ case: found({ owner: { id: "a1", name: "林一" } }) });
    press("由我负责");
    await settle();
    expect(control("困难情况").value).toBe("住院三个月");
    expect(root.textContent).toContain("林一");
  });

  it("shows free text as text, a hidden relation as hidden, and a broken chain loudly", async () => {
    api.case.mockResolvedValue({ case: found({ chain: { is_whole: false, broken_at: 1, head: "0" } }) });
    await show(CaseDetailView, { id: "k1" });
    expect(root.querySelector("b")).toBeNull();
    expect(root.textContent).toContain("<b>x</b>");
    expect(root.textContent).toContain("没有权限查看的工单");
    expect(root.querySelector(".broken")?.getAttribute("role")).toBe("alert");
  });

  it("offers nothing to somebody who may only read", async () => {
    api.case.mockResolvedValue({ case: found({ may: [], moves: [] }) });
    await show(CaseDetailView, { id: "k1" });
    expect(control("困难情况").disabled).toBe(true);
    expect(root.querySelector("form button")).toBeNull();
  });
});

describe("the box beside a conversation", () => {
  beforeEach(() => (conversation.state.detail = { priority: "normal", case: { number: "XB20260105-AAAAAA", type: "relief", type_text: "救助" } }));

  it("links to the case and says by when what is owed", async () => {
    await show(CaseBox);
    expect(root.querySelector("a")?.getAttribute("href")).toBe("#/cases/XB20260105-AAAAAA");
    expect(root.textContent).toContain("办理答复");
  });

  it("asks nothing of a case that the agent may not see", async () => {
    isMine.value = false;
    await show(CaseBox);
    expect(api.case).not.toHaveBeenCalled();
    expect(root.querySelector("a, form")).toBeNull();
  });

  it("registers another matter and goes there", async () => {
    await show(CaseBox);
    api.openCase.mockResolvedValue({ case: found({ number: "XB20260105-BBBBBB" }) });
    root.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true }));
    await settle();
    expect(api.openCase).toHaveBeenCalledWith("c1", "complaint", "");
    expect(go).toHaveBeenCalledWith({ page: "cases", item: "XB20260105-BBBBBB" });
  });
});
