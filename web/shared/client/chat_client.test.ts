import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { memoryStorage, type KeyValueStorage } from "../storage";
import { ChatClient } from "./chat_client";
import { browserClock } from "./clock";
import { fakeFetch, FakeSocket, message, type Answer, type FakeRequest } from "./fakes";

const SERVER = "https://zone.example";
let sockets: FakeSocket[] = [];
let opened = 0;
let ids = 0;

function defaultAnswer(request: FakeRequest): Answer {
  if (request.path === "/sessions") {
    opened += 1;
    return {
      status: 201,
      body: {
        session: `s${opened}`,
        customer: { id: "k", name: "访客", verified: request.body["token"] !== undefined },
        conversation: `c${opened}`,
        expires_at: "2099-01-01T00:00:00Z",
      },
    };
  }
  if (request.path === "/handoff") return { body: { owner: "queued", queue: { position: 2, ahead: 1, estimate_minutes: [3, 5], promised_at: null } } };
  return { status: 404, body: { error: { code: "not_found", message: "没有" } } };
}

function makeClient(options: { storage?: KeyValueStorage; tokenUrl?: string; answer?: (request: FakeRequest) => Answer | null } = {}): {
  client: ChatClient;
  requests: FakeRequest[];
} {
  const { fetch, requests } = fakeFetch((request) => options.answer?.(request) ?? defaultAnswer(request));
  const client = new ChatClient({
    server: SERVER,
    tokenUrl: options.tokenUrl ?? null,
    storage: options.storage ?? memoryStorage(),
    clock: browserClock,
    random: () => 0,
    newId: () => `m${++ids}`,
    fetch,
    openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
  });
  return { client, requests };
}

const latest = (): FakeSocket => {
  const socket = sockets[sockets.length - 1];
  if (!socket) throw new Error("no socket was opened");
  return socket;
};
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const texts = (client: ChatClient): string[] => client.view.messages.map((item) => item.text);

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  opened = 0;
  ids = 0;
});
afterEach(() => void vi.useRealTimers());

describe("session", () => {
  it("opens none until the customer opens the chat", async () => {
    const { client, requests } = makeClient();
    await client.resume();
    expect(requests).toEqual([]);
    await client.open();
    expect(requests).toHaveLength(1);
    expect(sockets).toHaveLength(1);
  });

  it("takes up the stored one on the next page", async () => {
    const storage = memoryStorage();
    await makeClient({ storage }).client.open();
    const { client, requests } = makeClient({ storage });
    await client.resume();
    expect(requests).toEqual([]);
    latest().open();
    expect(latest().sent[0]).toMatchObject({ t: "auth", token: "s1", conv: "c1", last_seq: 0 });
  });

  it("replaces a refused one and keeps what is shown and what is on its way", async () => {
    const { client } = makeClient();
    await client.open();
    latest().ready("c1");
    latest().receive({ t: "msg", ...message(1) });
    client.send({ text: "还在吗" });
    latest().drop(4001);
    await vi.advanceTimersByTimeAsync(1_000);
    latest().ready("c2");
    expect(latest().sent[0]).toMatchObject({ t: "auth", token: "s2" });
    expect(texts(client)).toEqual(["第1条"]);
    expect(latest().ofType("msg")).toEqual([{ t: "msg", cid: "m1", text: "还在吗" }]);
  });

  it("drops a stored one when someone else is signed in to the host page", async () => {
    const storage = memoryStorage();
    let host = `x.${btoa(JSON.stringify({ sub: "anna" }))}.x`;
    const answer = (request: FakeRequest): Answer | null => (request.path === "/token" ? { body: { token: host } } : null);
    const first = makeClient({ storage, tokenUrl: "/token", answer });
    await first.client.open();
    expect(first.requests.find((request) => request.path === "/sessions")?.body).toEqual({ token: host });

    const again = makeClient({ storage, tokenUrl: "/token", answer });
    await again.client.resume();
    expect(sockets).toHaveLength(2);

    host = `x.${btoa(JSON.stringify({ sub: "bert" }))}.x`;
    const other = makeClient({ storage, tokenUrl: "/token", answer });
    await other.client.resume();
    expect(sockets).toHaveLength(2);
    expect(storage.getItem(`xiaobao:session:${SERVER}`)).toBeNull();
  });

  it("keeps trying by itself when the server is down", async () => {
    let isDown = true;
    const { client } = makeClient({ answer: () => (isDown ? { status: 503, body: { error: { code: "unavailable", message: "" } } } : null) });
    await client.open();
    expect(client.view.status).toBe("failed");
    isDown = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(client.view.status).toBe("connecting");
  });
});

describe("messages", () => {
  it("shows a message as on its way until it is acknowledged, then once", async () => {
    const { client } = makeClient();
    client.send({ text: "你好" });
    await settle();
    expect(client.view.outgoing.map((item) => item.state)).toEqual(["waiting"]);
    latest().ready();
    expect(client.view.outgoing.map((item) => item.state)).toEqual(["sending"]);
    latest().receive({ t: "ack", cid: "m1", mid: "x", seq: 1, conv: "c1" });
    latest().receive({ t: "msg", ...message(1, { id: "x", sender: "customer", text: "你好", client_id: "m1" }) });
    expect(client.view.outgoing).toEqual([]);
    expect(texts(client)).toEqual(["你好"]);
  });

  it("sends again after a lost connection, under the same identifier", async () => {
    const { client } = makeClient();
    client.send({ text: "你好" });
    await settle();
    latest().ready();
    latest().drop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sockets).toHaveLength(2);
    latest().ready();
    expect(latest().ofType("msg")).toEqual([{ t: "msg", cid: "m1", text: "你好" }]);
  });

  it("asks for what is missing, once", async () => {
    const { client } = makeClient();
    await client.open();
    latest().ready("c1", 0);
    latest().receive({ t: "msg", ...message(3) });
    latest().receive({ t: "msg", ...message(4) });
    expect(latest().ofType("sync")).toEqual([{ t: "sync", conv: "c1", after: 0 }]);
    latest().receive({ t: "batch", conv: "c1", items: [message(1), message(2), message(3), message(4)], more: false });
    expect(texts(client)).toEqual(["第1条", "第2条", "第3条", "第4条"]);
  });

  it("reads a long history to its end", async () => {
    const { client } = makeClient();
    await client.open();
    latest().ready("c1", 3);
    expect(client.view.isHistoryLoaded).toBe(false);
    latest().receive({ t: "batch", conv: "c1", items: [message(1), message(2)], more: true });
    expect(latest().ofType("sync").map((frame) => frame.after)).toEqual([0, 2]);
    latest().receive({ t: "batch", conv: "c1", items: [message(3)], more: false });
    expect(client.view.isHistoryLoaded).toBe(true);
  });

  it("goes on in the new conversation that a message after the end opens", async () => {
    const { client } = makeClient();
    await client.open();
    latest().ready("c1");
    latest().receive({ t: "msg", ...message(1, { kind: "event", sender: "system", body: { event: "closed" } }) });
    latest().receive({ t: "state", conv: "c1", owner: "closed", queue: null, agent: null });
    client.send({ text: "还有一事" });
    latest().receive({ t: "ack", cid: "m1", mid: "n", seq: 1, conv: "n1" });
    latest().receive({ t: "state", conv: "n1", owner: "bot", queue: null, agent: null });
    latest().receive({ t: "state", conv: "c1", owner: "closed", queue: null, agent: null });
    expect(client.view).toMatchObject({ conversation: "n1", owner: "bot" });
    expect(texts(client)).toEqual(["第1条", "还有一事"]);
    latest().drop();
    await vi.advanceTimersByTimeAsync(1_000);
    latest().open();
    // Not yet past it: the server may have stored another text than was typed.
    expect(latest().sent[0]).toMatchObject({ t: "auth", conv: "n1", last_seq: 0 });
  });

  it("shows the server's text in place of what was typed, over the socket", async () => {
    const { client } = makeClient();
    client.send({ text: "卡号6222021234561234" });
    await settle();
    latest().ready();
    latest().receive({ t: "ack", cid: "m1", mid: "n", seq: 1, conv: "c1" });
    expect(texts(client)).toEqual(["卡号6222021234561234"]);
    latest().receive({ t: "msg", ...message(1, { sender: "customer", text: "卡号[银行卡尾号1234]", client_id: "m1" }) });
    expect(texts(client)).toEqual(["卡号[银行卡尾号1234]"]);
  });

  it("asks for the server's text where only later messages come", async () => {
    const { client } = makeClient();
    client.send({ text: "卡号6222021234561234" });
    await settle();
    latest().ready();
    latest().receive({ t: "ack", cid: "m1", mid: "n", seq: 1, conv: "c1" });
    latest().receive({ t: "msg", ...message(2) });
    expect(latest().ofType("sync")).toEqual([{ t: "sync", conv: "c1", after: 0 }]);
    latest().receive({ t: "batch", conv: "c1", items: [message(1, { sender: "customer", text: "卡号[银行卡尾号1234]", client_id: "m1" }), message(2)], more: false });
    expect(texts(client)).toEqual(["卡号[银行卡尾号1234]", "第2条"]);
  });

  it("waits out a rate limit and tells so", async () => {
    const { client } = makeClient();
    client.send({ text: "一" });
    await settle();
    latest().ready();
    latest().receive({ t: "err", code: "rate_limited", message: "太快了", cid: "m1", retry_after: 4 });
    expect(client.view.notice).toMatchObject({ code: "rate_limited" });
    await vi.advanceTimersByTimeAsync(4_000);
    expect(latest().ofType("msg")).toHaveLength(2);
    expect(client.view.notice).toBeNull();
  });

  it("keeps a refused message with the reason", async () => {
    const { client } = makeClient();
    client.send({ text: "一" });
    await settle();
    latest().ready();
    latest().receive({ t: "err", code: "text_too_long", message: "太长了", cid: "m1" });
    expect(client.view.outgoing).toMatchObject([{ state: "failed", reason: "太长了" }]);
  });

  it("counts unread, reports what was read and shows what the agent has read", async () => {
    const { client } = makeClient();
    await client.open();
    latest().ready();
    latest().receive({ t: "msg", ...message(1, { sender: "agent" }) });
    expect(client.view.unread).toBe(1);
    client.markRead();
    expect(client.view.unread).toBe(0);
    expect(latest().ofType("read")).toEqual([{ t: "read", conv: "c1", seq: 1 }]);
    latest().receive({ t: "read", conv: "c1", seq: 4, by: "agent" });
    expect(client.agentReadUpTo("c1")).toBe(4);
  });
});

describe("handoff", () => {
  it("opens a session if there is none and shows the place in the queue", async () => {
    const { client } = makeClient();
    await client.requestHandoff();
    expect(client.view).toMatchObject({ owner: "queued", queue: { position: 2 } });
  });

  it("tells why it did not work", async () => {
    const answer = (request: FakeRequest): Answer | null =>
      request.path === "/handoff" ? { status: 409, body: { error: { code: "handoff_not_queued", message: "已接入" } } } : null;
    const { client } = makeClient({ answer });
    await client.cancelHandoff();
    expect(client.view.notice).toMatchObject({ code: "handoff_not_queued", message: "已接入" });
  });
});

describe("over long poll", () => {
  it("sends, receives and reads on", async () => {
    let asked = 0;
    const answer = (request: FakeRequest): Answer | null => {
      if (request.method === "POST" && request.path === "/messages") return { status: 202, body: { id: "x", seq: 2, conversation: "c1" } };
      if (!request.path.startsWith("/messages")) return null;
      asked += 1;
      const state = { conversation: "c1", owner: "bot", queue: null, agent: null };
      if (asked === 1) return { body: { ...state, messages: [message(1)] } };
      if (asked === 2) return { body: { ...state, messages: [message(3)] } };
      throw new Error("enough");
    };
    const { client, requests } = makeClient({ answer });
    client.send({ text: "你好" });
    await settle();
    latest().drop();
    await vi.advanceTimersByTimeAsync(1_000);
    latest().drop();
    await settle();
    expect(texts(client)).toEqual(["第1条", "你好", "第3条"]);
    const polls = requests.filter((request) => request.method === "GET").map((request) => request.path);
    expect(polls[0]).toBe("/messages?after=0&wait=0&conversation=c1");
    expect(polls[1]).toContain("wait=25");
  });
});

describe("several tabs", () => {
  it("takes over the session another tab has opened", async () => {
    const storage = memoryStorage();
    const { client } = makeClient({ storage });
    await client.open();
    latest().ready("c1");
    storage.setItem(`xiaobao:session:${SERVER}`, JSON.stringify({ token: "other", expiresAt: "2099-01-01T00:00:00Z", verified: false, subject: null, conversations: ["z"] }));
    client.stored(`xiaobao:session:${SERVER}`);
    latest().open();
    expect(latest().sent[0]).toMatchObject({ t: "auth", token: "other", conv: "z" });
  });
});

describe("checklists", () => {
  const card = (seq: number): ReturnType<typeof message> => message(seq, { kind: "stop_loss", body: { steps: [{ id: "stop", title: "先停下", detail: "" }] } });
  const answer = (request: FakeRequest): Answer | null => {
    if (request.path.startsWith("/checklist")) return { body: { checklist: { stop: "2026-01-05T08:00:00+08:00" }, since: "2026-01-05T07:50:00+08:00" } };
    return request.path === "/banks" ? { body: { banks: [{ id: "icbc", title: "工商银行", call: "95588", note: "以卡背为准" }] } } : null;
  };
  const asked = (requests: FakeRequest[], path: string): number => requests.filter((request) => request.path.startsWith(path)).length;

  it("reads ticks and banks when a card comes, again when the connection is back, and never without a card", async () => {
    const { client, requests } = makeClient({ answer });
    await client.open();
    latest().ready();
    latest().receive({ t: "msg", ...message(1) });
    await settle();
    expect(asked(requests, "/checklist")).toBe(0);
    latest().receive({ t: "msg", ...card(2) });
    await settle();
    expect(client.checklist("c1")).toMatchObject({ done: new Set(["stop"]), since: "2026-01-05T07:50:00+08:00" });
    expect(client.banks().map((bank) => bank.call)).toEqual(["95588"]);
    latest().drop();
    await vi.advanceTimersByTimeAsync(1_000);
    latest().ready("c1", 2);
    await settle();
    expect(asked(requests, "/checklist")).toBe(2);
    expect(asked(requests, "/banks")).toBe(1);
  });

  it("tells the views of a tick at once and gives up the session that the server refuses", async () => {
    let isRefused = false;
    const { client } = makeClient({ answer: (request) => (isRefused && request.method === "POST" && request.path === "/checklist" ? { status: 401, body: { error: { code: "session_invalid", message: "" } } } : answer(request)) });
    await client.open();
    latest().ready();
    latest().receive({ t: "msg", ...card(1) });
    await settle();
    const seen = vi.fn();
    client.subscribe(seen);
    client.tick({ conversation: "c1", message: "c1-1", step: "stop", done: false });
    expect(client.checklist("c1").done.size).toBe(0);
    await settle();
    expect(seen).toHaveBeenCalled();
    isRefused = true;
    client.tick({ conversation: "c1", message: "c1-1", step: "stop", done: false });
    await settle();
    expect(client.view.status).toBe("failed");
  });
});
