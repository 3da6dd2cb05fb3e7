import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeFetch, FakeSocket, message } from "../../shared/client/fakes";
import { XiaobaoChat } from "./element";

let socket: FakeSocket;
let requests: { path: string }[] = [];

function mount(attributes: Record<string, string> = {}): { chat: XiaobaoChat; root: ShadowRoot } {
  const chat = document.createElement("xiaobao-chat");
  for (const [name, value] of Object.entries(attributes)) chat.setAttribute(name, value);
  document.body.append(chat);
  if (!(chat instanceof XiaobaoChat) || !chat.shadowRoot) throw new Error("not defined");
  return { chat, root: chat.shadowRoot };
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  window.localStorage.clear();
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  socket = new FakeSocket();
  vi.stubGlobal("WebSocket", function open() {
    return socket;
  });
  const server = fakeFetch(({ path }) => {
    if (path === "/zone") return { body: { platform: "", hotline: "", upload_most_mb: 10, entries: [{ id: "scam", title: "我被骗了", message: "我被骗了" }], popular: [], groups: [] } };
    return { status: 201, body: { session: "s", customer: { id: "k", name: "", verified: false }, conversation: "c1", expires_at: "2099-01-01T00:00:00Z" } };
  });
  requests = server.requests;
  vi.stubGlobal("fetch", server.fetch);
  if (!customElements.get("xiaobao-chat")) customElements.define("xiaobao-chat", XiaobaoChat);
});
afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("<xiaobao-chat>", () => {
  it("asks the server nothing until it is opened", async () => {
    const { chat, root } = mount();
    await settle();
    expect(requests).toEqual([]);
    const opened = vi.fn();
    chat.addEventListener("xiaobao:open", opened);
    root.querySelector<HTMLButtonElement>(".launcher")?.click();
    await settle();
    expect(requests.map((request) => request.path).sort()).toEqual(["/sessions", "/zone"]);
    expect(opened).toHaveBeenCalledOnce();
    expect(root.querySelector<HTMLElement>("[role=dialog]")?.hidden).toBe(false);
  });

  it("says first that it is a machine and never asks for codes", () => {
    const { chat, root } = mount();
    chat.open();
    expect(root.querySelector("[role=log]")?.firstElementChild?.textContent).toMatch(/智能助手.*密码、验证码/);
  });

  it("closes with Escape and gives the focus back", () => {
    const { chat, root } = mount();
    const before = document.createElement("button");
    document.body.append(before);
    before.focus();
    chat.open();
    const closed = vi.fn();
    chat.addEventListener("xiaobao:close", closed);
    root.querySelector("[role=dialog]")?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect(closed).toHaveBeenCalledOnce();
    expect(document.activeElement).toBe(before);
    expect(chat.hasAttribute("open")).toBe(false);
  });

  it("asks in the customer's name", async () => {
    const { chat } = mount();
    chat.ask("我被骗了");
    await settle();
    socket.ready();
    expect(socket.ofType("msg").map((frame) => "text" in frame && frame.text)).toEqual(["我被骗了"]);
  });

  it("tells the page how much is unread while it is closed", async () => {
    const { chat, root } = mount({ open: "" });
    await settle();
    socket.ready();
    chat.close();
    const unread: number[] = [];
    chat.addEventListener("xiaobao:unread", (event) => unread.push((event as CustomEvent<number>).detail));
    socket.receive({ t: "msg", ...message(1, { sender: "agent" }) });
    await settle();
    expect(unread).toEqual([1]);
    expect(root.querySelector(".launcher")?.getAttribute("aria-label")).toContain("1 条未读");
    chat.open();
    await settle();
    expect(unread).toEqual([1, 0]);
  });

  it("keeps the large text for the next page", () => {
    const { chat, root } = mount();
    root.querySelector<HTMLButtonElement>(".large-toggle")?.click();
    expect(chat.hasAttribute("data-large")).toBe(true);
    chat.remove();
    expect(mount().chat.hasAttribute("data-large")).toBe(true);
  });

  it("offers a person while the bot answers and shows the place in the queue after", async () => {
    const { root } = mount({ open: "" });
    await settle();
    socket.ready();
    await settle();
    const handoff = root.querySelector<HTMLButtonElement>(".handoff");
    expect(handoff?.hidden).toBe(false);
    socket.receive({ t: "state", conv: "c1", owner: "queued", queue: { position: 3, ahead: 2, estimate_minutes: [3, 6], promised_at: null }, agent: null });
    await settle();
    expect(handoff?.hidden).toBe(true);
    expect(root.querySelector(".bar-role")?.textContent).toBe("排队中 第 3 位");
    expect(root.querySelector(".queue")?.textContent).toContain("前面还有 2 位，预计 3–6 分钟");
    socket.receive({ t: "state", conv: "c1", owner: "agent", queue: null, agent: { name: "林静" } });
    await settle();
    expect(root.querySelector(".bar-title")?.textContent).toBe("林静");
  });
});
