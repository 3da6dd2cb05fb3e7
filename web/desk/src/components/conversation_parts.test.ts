import { createApp, nextTick, reactive, ref, type App, type Component } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Message, ScamCard, Sender } from "../../../shared/protocol";
import { deskKey, type Desk } from "../desk";
import MessageItem from "./MessageItem.vue";
import ScamAlert from "./ScamAlert.vue";
import ScamPanel from "./ScamPanel.vue";

const TEXT = "http://evil.example www.evil.example 13800138000 110 javascript:alert(1) [点](https://evil.example) <b>x</b>";
const scam: ScamCard = {
  level: "P0", type: "fake_loan", state: "paid", amount_fen: 500_000, when: "刚才", spans: [{ start: 1, end: 4, label: "paid" }], text: "我刚转了钱", message: "cue",
  state_text: "24 小时内已经转出", fields: [{ label: "付款银行", value: "工商银行" }], missing: ["收款人"],
  next_question: { id: "police_called", text: "您报过警了吗？" },
  checklist: [{ id: "stop", title: "先停下", done_at: "2026-01-05T08:00:00Z" }, { id: "police", title: "拨打 110", done_at: null }],
  risk_control: { status: "held", reference: "R1", at: "2026-01-05T08:00:00Z" },
};
const conversation = reactive<{ state: { id: string; detail: unknown } }>({ state: { id: "c1", detail: null } });
const isMine = ref(true);
const setDraft = vi.fn();
const desk = {
  ui: { writing: "note" }, conversation, isMine, setDraft, draftOf: () => "您好", session: { state: { agent: { name: "林静" } } }, route: { current: { page: "desk", conversation: "c1", showsCard: false } },
} as unknown as Desk;
let app: App | null = null;
let root: HTMLElement;

function show(component: Component, props: Record<string, unknown> = {}): void {
  root = document.createElement("div");
  document.body.replaceChildren(root);
  app = createApp(component, props);
  app.provide(deskKey, desk);
  app.mount(root);
}
const message = (sender: Sender, fields: Partial<Message> = {}): Message => ({
  id: "m1", conversation: "c1", seq: 1, sender, kind: "text", text: TEXT, body: {}, at: "2026-01-05T08:00:00Z", client_id: null, ...fields,
});

beforeEach(() => {
  conversation.state.detail = { customer: { name: "王女士" }, owner: "agent", card: { scam } };
  isMine.value = true;
  setDraft.mockReset();
});
afterEach(() => app?.unmount());

describe("MessageItem", () => {
  it.each(["customer", "bot", "agent", "system"] as const)("makes nothing in free text of %s clickable", (sender) => {
    show(MessageItem, { message: message(sender), delivery: "sent" });
    expect(root.querySelector("a, b, [href], [onclick]")).toBeNull();
    expect(root.querySelector(".bubble")?.textContent).toBe(TEXT);
  });

  it("shows numbers of a card without making the agent's computer dial", () => {
    const steps = [{ id: "police", title: "拨打 110", detail: "https://evil.example", call: "110" }];
    show(MessageItem, { message: message("system", { kind: "stop_loss", body: { steps } }), delivery: "sent" });
    expect(root.querySelector("a")).toBeNull();
    expect(root.textContent).toContain("拨打 110");
  });

  it("shows what was masked as a line", () => {
    show(MessageItem, { message: message("system", { kind: "event", text: "银行卡号已经隐藏", body: { event: "masked", secret: "card" } }), delivery: "sent" });
    expect(root.querySelector(".line")?.textContent).toContain("银行卡号已经隐藏");
  });

  it("marks the words of the gravest cue where the customer said them, and nowhere else", () => {
    show(MessageItem, { message: message("customer", { id: "cue", text: "我刚转了钱" }), delivery: "sent" });
    expect(root.querySelector("mark")?.textContent).toBe("刚转了");
    expect(root.querySelector(".text")?.textContent?.replace(/\s/g, "")).toBe("我刚转了钱（线索：已经付款）");
    app?.unmount();
    show(MessageItem, { message: message("agent", { id: "cue", text: "我刚转了钱" }), delivery: "sent" });
    expect(root.querySelector("mark")).toBeNull();
    app?.unmount();
    show(MessageItem, { message: message("customer", { id: "m2", text: "我刚转了钱" }), delivery: "sent" });
    expect(root.querySelector("mark")).toBeNull();
  });

  it.each([["sent", "已发送"], ["delivered", "已送达"], ["read", "客户已读"]])("tells how far an agent's message has come: %s", (delivery, words) => {
    show(MessageItem, { message: message("agent"), delivery });
    expect(root.querySelector(".message > .meta:last-child")?.textContent).toBe(words);
    app?.unmount();
    show(MessageItem, { message: message("customer"), delivery });
    expect(root.textContent).not.toContain(words);
  });
});

describe("ScamPanel", () => {
  it("says level, state, type, risk control and ticks in words", () => {
    show(ScamPanel, { scam });
    const words = root.textContent ?? "";
    for (const part of ["P0 正在受损", "24 小时内已经转出", "虚假贷款", "5,000", "付款银行", "收款人", "已确认暂停", "R1", "已完成 1/2", "未做"]) expect(words).toContain(part);
  });

  it("puts the next question into the reply and sends nothing", async () => {
    show(ScamPanel, { scam });
    root.querySelector<HTMLButtonElement>(".next button")?.click();
    await nextTick();
    expect(setDraft).toHaveBeenCalledExactlyOnceWith("c1", "您好\n您报过警了吗？");
  });

  it("puts nothing into a conversation of somebody else", async () => {
    isMine.value = false;
    show(ScamPanel, { scam });
    const button = root.querySelector<HTMLButtonElement>(".next button");
    expect(button?.disabled).toBe(true);
    button?.click();
    await nextTick();
    expect(setDraft).not.toHaveBeenCalled();
  });

  it("shows what a cue without a case knows", () => {
    show(ScamPanel, { scam: { level: "P2", type: "romance", state: "asking", amount_fen: null, when: null, spans: [], text: "" } });
    expect(root.textContent).toContain("拿不准是不是诈骗");
    expect(root.textContent).toContain("网络婚恋交友");
    expect(root.querySelector(".next, .steps, .missing, blockquote")).toBeNull();
  });
});

describe("ScamAlert", () => {
  it("tells of a new cue until it is read", async () => {
    conversation.state.detail = { owner: "agent", card: { scam: { ...scam, alert: { level: "P0", state: "paid", state_text: "24 小时内已经转出", message: "m1", at: "2026-01-05T08:00:00Z" } } } };
    show(ScamAlert);
    expect(root.querySelector("[role=alert]")?.textContent).toContain("P0 正在受损 · 24 小时内已经转出");
    [...root.querySelectorAll("button")].at(-1)?.click();
    await nextTick();
    expect(root.querySelector(".alert")).toBeNull();
  });
});
