import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ChatView } from "../../shared/client/chat_client";
import type { Checklist } from "../../shared/client/checklists";
import { message } from "../../shared/client/fakes";
import type { Article, Message } from "../../shared/protocol";
import { MessageList } from "./message_list";

const article: Article = {
  id: "a",
  title: "提前还款",
  topic: "repayment",
  version: "1",
  markdown: "请看 **合同**",
  short: "可以",
  sources: [{ name: "民法典", article: "677" }, { name: "坏链接", url: "javascript:alert(1)" }],
  effective_from: "2021-01-01",
  expired: true,
  reviewed_until: "2027-03-31",
  related: [{ id: "b", title: "手续费" }],
};
const actions = { ask: vi.fn(), press: vi.fn(), retry: vi.fn(), discard: vi.fn(), rate: vi.fn(), tick: vi.fn(), loadFile: vi.fn(), openPicture: vi.fn(), retryUpload: vi.fn(), cancelUpload: vi.fn() };
const none: Checklist = { done: new Set(), since: null, error: null };
let checklist = none;
let list: MessageList;

function show(messages: Message[], fields: Partial<ChatView> = {}): void {
  list.update({
    status: "live",
    isHistoryLoaded: true,
    conversation: "c1",
    owner: "bot",
    queue: null,
    agent: null,
    messages,
    outgoing: [],
    uploads: [],
    isOtherTyping: false,
    unread: 0,
    notice: null,
    ...fields,
  });
}

const labels = (selector: string): string[] => [...list.node.querySelectorAll(selector)].map((node) => node.textContent);

beforeEach(() => {
  vi.resetAllMocks();
  checklist = none;
  list = new MessageList({
    intro: document.createElement("div"),
    actions,
    context: { agentReadUpTo: (conversation) => (conversation === "c1" ? 2 : 0), rating: () => null, checklist: () => checklist, banks: () => [], now: () => new Date() },
  });
});

describe("MessageList", () => {
  it.each(["customer", "bot", "agent", "system"] as const)("never makes anything in free text of %s clickable", (sender) => {
    const text = "http://evil.example https://www.12377.cn www.evil.example 13800138000 110 javascript:alert(1) [点](https://evil.example) <b>x</b>";
    show([message(1, { sender, text })]);
    expect(list.node.querySelector("a, b, [href], [onclick]")).toBeNull();
    expect(list.node.querySelector(".bubble")?.textContent).toBe(text);
  });

  it("makes nothing in the first words of a card clickable, only its own numbers", () => {
    const steps = [{ id: "police", title: "打 110", detail: "见 https://evil.example", call: "110" }];
    show([message(1, { kind: "stop_loss", text: "打 13800138000 或 https://evil.example", body: { steps } })]);
    expect([...list.node.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toEqual(["tel:110"]);
  });

  it("shows a file with the words beside it, and no stand-in for words", () => {
    actions.loadFile.mockReturnValue(new Promise(() => undefined));
    const file = { id: "f", name: "合同.pdf", type: "application/pdf", size: 5, width: null, height: null };
    show([
      message(1, { sender: "customer", kind: "file", text: "[文件] 合同.pdf", body: { file, captioned: false } }),
      message(2, { sender: "agent", kind: "file", text: "请看第二页", body: { file, captioned: true } }),
    ]);
    expect(labels(".file-name")).toEqual(["合同.pdf", "合同.pdf"]);
    expect([...list.node.querySelectorAll<HTMLElement>(".bubble:not([hidden])")].map((node) => node.textContent)).toEqual(["请看第二页"]);
  });

  it("shows a file on its way with how far it is, and what can be done about it", () => {
    const upload = { clientId: "u1", file: new File(["abc"], "a.png"), text: "", conversation: "", createdAt: Date.now(), state: "sending" as const, progress: 0.5, reason: "" };
    show([], { uploads: [upload] });
    const bar = list.node.querySelector("progress");
    expect([bar?.value, bar?.getAttribute("aria-label")]).toEqual([50, "a.png 的上传进度"]);
    expect(list.node.textContent).toContain("已上传 50%");
    list.node.querySelector<HTMLButtonElement>(".footer button")?.click();
    expect(actions.cancelUpload).toHaveBeenCalledExactlyOnceWith("u1");
    show([], { uploads: [{ ...upload, state: "failed", reason: "不支持" }] });
    expect(list.node.querySelector("progress")).toBe(bar);
    expect(labels("[role=alert]")).toEqual(["未发送：不支持"]);
    expect(labels(".footer button")).toEqual(["重发", "删除"]);
  });

  it("shows what the server has stored where that differs from what was typed", () => {
    const outgoing = { clientId: "m1", content: { text: "卡号6222021234561234" }, createdAt: Date.now(), state: "sending" as const, reason: "" };
    show([], { outgoing: [outgoing] });
    const node = list.node.querySelector(".bubble");
    show([message(1, { sender: "customer", text: "卡号[银行卡尾号1234]", client_id: "m1" })]);
    expect(list.node.querySelector(".bubble")).toBe(node);
    expect(list.node.textContent).toContain("卡号[银行卡尾号1234]");
    expect(list.node.textContent).not.toContain("6222021234561234");
  });

  it("tells in a line that something was masked", () => {
    show([message(2, { kind: "event", sender: "system", text: "银行卡号已经隐藏", body: { event: "masked", secret: "card" } })]);
    expect(labels(".event")).toEqual(["银行卡号已经隐藏"]);
    expect(list.node.querySelector(".bubble")).toBeNull();
  });

  it("shows what a waiting customer is asked as something said, not as a change", () => {
    show([message(1, { sender: "system", text: "您报过警了吗？" })]);
    expect(labels(".bubble")).toEqual(["您报过警了吗？"]);
    expect(list.node.querySelector(".event")).toBeNull();
  });

  it("lets only the newest card of a conversation be ticked; common steps keep their ticks", () => {
    checklist = { ...none, done: new Set(["police"]) };
    const police = { id: "police", title: "打 110", detail: "" };
    const first = message(1, { kind: "stop_loss", body: { steps: [police, { id: "ask", title: "打 96110", detail: "" }] } });
    const graver = message(2, { kind: "stop_loss", sender: "system", body: { steps: [police, { id: "bank", title: "联系银行", detail: "" }] } });
    const other = message(1, { conversation: "c0", kind: "stop_loss", body: { steps: [police] } });
    show([other, first, graver]);
    document.body.append(list.node);
    const boxes = [...list.node.querySelectorAll<HTMLInputElement>("input[type=checkbox]")];
    expect(boxes.map((box) => [box.checked, box.disabled])).toEqual([
      [true, false],
      [true, true],
      [false, true],
      [true, false],
      [false, false],
    ]);
    boxes[4]?.click();
    expect(actions.tick).toHaveBeenCalledWith(graver, "bank", true);
  });

  it("renders an article with its sources, dates and related questions", () => {
    show([message(1, { kind: "answer", body: { article } })]);
    expect(labels("strong")).toEqual(["合同"]);
    expect(labels(".sources li")).toEqual(["民法典 第 677 条", "坏链接"]);
    expect(list.node.querySelector(".sources a")).toBeNull();
    expect(list.node.querySelector(".sources")?.textContent).toContain("2027-03-31");
    expect(list.node.querySelector(".expired")).not.toBeNull();
    list.node.querySelector<HTMLButtonElement>(".related button")?.click();
    expect(actions.ask).toHaveBeenCalledWith("手续费");
  });

  it("offers to dial only what is a telephone number", () => {
    const steps = [
      { id: "1", title: "报警", detail: "", call: "110" },
      { id: "2", title: "坏号码", detail: "", call: "110;ext=javascript:1" },
    ];
    show([message(1, { kind: "stop_loss", body: { steps } })]);
    expect([...list.node.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toEqual(["tel:110"]);
  });

  it("shows buttons only under the newest message, and lines about changes do not take them away", () => {
    const asking = message(1, { body: { buttons: [{ id: "yes", title: "转了" }] } });
    show([asking, message(2, { kind: "event", sender: "system", body: { event: "queued" } })]);
    list.node.querySelector<HTMLButtonElement>(".choices button")?.click();
    expect(actions.press).toHaveBeenCalledWith(asking, "yes", "转了");
    show([asking, message(3, { sender: "customer", text: "转了" })]);
    expect(list.node.querySelector(".choices")).toBeNull();
  });

  it("keeps the node of a message from sending to read", () => {
    const outgoing = { clientId: "m1", content: { text: "你好" }, createdAt: Date.now(), state: "sending" as const, reason: "" };
    show([], { outgoing: [outgoing] });
    const node = list.node.querySelector(".message");
    expect(labels(".footer")).toEqual(["发送中…"]);
    show([message(3, { sender: "customer", text: "你好", client_id: "m1" })]);
    expect(list.node.querySelector(".message")).toBe(node);
    expect(labels(".footer")).toEqual(["已发送"]);
    show([message(2, { sender: "customer", text: "你好", client_id: "m1" })]);
    expect(labels(".footer")).toEqual(["已读"]);
  });

  it("offers a failed message again, with the reason", () => {
    show([], { outgoing: [{ clientId: "m1", content: { text: "你好" }, createdAt: Date.now(), state: "failed", reason: "太长了" }] });
    expect(list.node.querySelector("[role=alert]")?.textContent).toBe("未发送：太长了");
    const [retry, discard] = list.node.querySelectorAll<HTMLButtonElement>(".footer button");
    retry?.click();
    discard?.click();
    expect(actions.retry).toHaveBeenCalledWith("m1");
    expect(actions.discard).toHaveBeenCalledWith("m1");
  });

  it("asks for a rating with one tap", () => {
    show([message(1, { kind: "rating_request", sender: "system", body: { scores: [1, 2, 3, 4, 5] } })]);
    const scores = [...list.node.querySelectorAll<HTMLButtonElement>(".score")];
    expect(scores.map((score) => score.textContent)).toEqual(["1很不满意", "2不满意", "3一般", "4满意", "5很满意"]);
    scores[3]?.click();
    expect(actions.rate).toHaveBeenCalledWith({ key: "c1", conversation: "c1" }, { score: 4, solved: null, reasons: [], comment: "" });
  });

  it("does not announce history", () => {
    show([message(1)], { isHistoryLoaded: false });
    expect(list.node.querySelector("[role=log]")?.getAttribute("aria-live")).toBe("off");
  });
});
