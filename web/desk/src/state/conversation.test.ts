import { beforeEach, describe, expect, it, vi } from "vitest";
import { browserClock } from "../../../shared/client/clock";
import type { ConversationDetail, DeskClientFrame, Message } from "../../../shared/protocol";
import type { DeskApi } from "../api/desk_api";
import { DeskError } from "../api/http";
import { OpenConversation } from "./conversation";

const message = (seq: number, conversation = "c"): Message => ({
  id: `${conversation}${seq}`, conversation, seq, sender: "customer", kind: "text", text: `${seq}`, body: {}, at: "2026-01-01T00:00:00Z", client_id: null,
});
const detail = (id: string): ConversationDetail => ({
  id, owner: "agent", customer: { id: "x", name: "王女士", verified: true }, preview: "", last_at: "2026-01-01T00:00:00Z", unread: 0, priority: "normal",
  case: null, agent: { id: "me", name: "我" }, opened_at: "2026-01-01T00:00:00Z", closed_at: null, resolution: null, previous: null, identities: [], card: null, resolutions: [], assignments: [],
});

describe("OpenConversation", () => {
  let frames: DeskClientFrame[];
  let stored: Message[];
  let isConnected: boolean;
  let isLooking: boolean;
  let failure: Error | null;
  let conversation: OpenConversation;
  const seqs = (): number[] => conversation.state.messages.map((item) => item.seq);

  beforeEach(() => {
    vi.useFakeTimers();
    frames = [];
    stored = [message(1), message(2)];
    isConnected = true;
    isLooking = true;
    failure = null;
    const api = {
      conversation: async (id: string) => {
        if (failure !== null) throw failure;
        return { conversation: detail(id) };
      },
      messages: async (id: string, after: number) => ({ messages: stored.filter((item) => item.conversation === id && item.seq > after).slice(0, 200) }),
    } as unknown as DeskApi;
    conversation = new OpenConversation({
      api,
      clock: browserClock,
      send: (frame) => {
        if (isConnected) frames.push(frame);
        return isConnected;
      },
      isLookedAt: () => isLooking,
      onArrived: () => undefined,
      onRead: () => undefined,
    });
  });

  it("subscribes, loads and reports what was read", async () => {
    await conversation.open("c");
    expect(conversation.state.phase).toBe("ready");
    expect(seqs()).toEqual([1, 2]);
    expect(frames).toEqual([{ t: "open", conv: "c", after: 0 }, { t: "read", conv: "c", seq: 2 }]);
  });

  it("continues after what it has when it is opened again", async () => {
    await conversation.open("c");
    await conversation.open("d");
    frames.length = 0;
    await conversation.open("c");
    expect(seqs()).toEqual([1, 2]);
    expect(frames.slice(0, 2)).toEqual([{ t: "leave", conv: "d" }, { t: "open", conv: "c", after: 2 }]);
  });

  it("asks for what is missing before a pushed message", async () => {
    await conversation.open("c");
    frames.length = 0;
    conversation.receive({ t: "msg", ...message(5) });
    expect(frames[0]).toEqual({ t: "open", conv: "c", after: 2 });
    conversation.receive({ t: "batch", conv: "c", items: [message(3), message(4), message(5)], more: false });
    expect(seqs()).toEqual([1, 2, 3, 4, 5]);
  });

  it("reads long histories page by page", async () => {
    stored = Array.from({ length: 450 }, (_, index) => message(index + 1));
    await conversation.open("c");
    expect(seqs()).toHaveLength(450);
  });

  it("does not claim to have read while nobody looks", async () => {
    isLooking = false;
    await conversation.open("c");
    expect(frames.some((frame) => frame.t === "read")).toBe(false);
    isLooking = true;
    conversation.reportRead();
    conversation.reportRead();
    expect(frames.filter((frame) => frame.t === "read")).toHaveLength(1);
  });

  it("works without the socket", async () => {
    isConnected = false;
    await conversation.open("c");
    stored.push(message(3));
    await conversation.refresh();
    expect(seqs()).toEqual([1, 2, 3]);
  });

  it("shows an error that can be retried", async () => {
    failure = new DeskError("forbidden", "您没有这项权限。", 403);
    await conversation.open("c");
    expect(conversation.state).toMatchObject({ phase: "error", problem: "您没有这项权限。" });
    failure = null;
    await conversation.open("c");
    expect(conversation.state.phase).toBe("ready");
  });

  it("takes a conversation off the screen when it has become somebody else's, but not when the network fails", async () => {
    await conversation.open("c");
    failure = new DeskError("network", "", 0);
    await conversation.refresh();
    expect(conversation.state.phase).toBe("ready");
    failure = new DeskError("conversation_not_found", "没有找到这个会话。", 404);
    await conversation.refresh();
    expect(conversation.state).toMatchObject({ phase: "error", detail: null, messages: [] });
  });

  it("keeps typing and read marks to their own conversation", async () => {
    await conversation.open("c");
    conversation.receive({ t: "typing", conv: "d", on: true });
    conversation.receive({ t: "read", conv: "d", seq: 9, by: "customer" });
    expect(conversation.state).toMatchObject({ customerIsTyping: false, readByCustomer: 0 });
    conversation.receive({ t: "typing", conv: "c", on: true });
    conversation.receive({ t: "read", conv: "c", seq: 2, by: "customer" });
    expect(conversation.state).toMatchObject({ customerIsTyping: true, readByCustomer: 2 });
    vi.advanceTimersByTime(10_000);
    expect(conversation.state.customerIsTyping).toBe(false);
  });

  it("ignores a late answer for a conversation that was left", async () => {
    const slow = conversation.open("c");
    const fast = conversation.open("d");
    await Promise.all([slow, fast]);
    expect(conversation.state.detail?.id).toBe("d");
  });
});
