import { beforeEach, describe, expect, it, vi } from "vitest";
import { DeskError } from "../api/http";
import { browserClock } from "../../../shared/client/clock";
import { Outbox, type Outgoing } from "./outbox";

const offline = new DeskError("network", "网络中断", 0);
const refused = new DeskError("not_owner", "会话已转给其他坐席", 409);

describe("Outbox", () => {
  let delivered: string[];
  let answers: (Error | null)[];
  let outbox: Outbox;
  let counter: number;
  let seen: (number | null | undefined)[];
  const phases = (): string[] => outbox.items.map((item) => item.phase);
  const build = (): Outbox =>
    new Outbox({
      clock: browserClock,
      storage: sessionStorage,
      newId: () => `id${(counter += 1)}`,
      deliver: async (item: Outgoing) => {
        delivered.push(`${item.clientId}:${item.text}`);
        seen.push(item.seen);
        const answer = answers.shift() ?? null;
        if (answer !== null) throw answer;
        return { id: `m-${item.clientId}` };
      },
      isCrossed: (error) => error instanceof DeskError && error.code === "replied_meanwhile",
      isTransient: (error) => error instanceof DeskError && error.isTransient,
      explain: (error) => (error instanceof DeskError ? error.message : ""),
      onChange: () => undefined,
      onDelivered: () => undefined,
    });

  beforeEach(() => {
    vi.useFakeTimers();
    sessionStorage.clear();
    delivered = [];
    answers = [];
    counter = 0;
    seen = [];
    outbox = build();
  });

  it("shows a message at once and drops it when it comes back", async () => {
    outbox.send("c", "您好");
    expect(phases()).toEqual(["sending"]);
    await vi.runAllTimersAsync();
    expect(phases()).toEqual(["sent"]);
    outbox.confirm([{ id: "m-other", client_id: "id1" }]);
    expect(outbox.items).toEqual([]);
  });

  it("also recognises a message by the server's id", async () => {
    outbox.send("c", "您好");
    await vi.runAllTimersAsync();
    outbox.confirm([{ id: "m-id1", client_id: null }]);
    expect(outbox.items).toEqual([]);
  });

  it("tells what the agent had seen, and sends anyway only when asked to after a colleague's reply", async () => {
    answers = [new DeskError("replied_meanwhile", "吴二已经回复了", 409)];
    outbox.send("c", "您好", 7);
    await vi.runAllTimersAsync();
    expect([phases(), outbox.items[0]?.isCrossed, seen]).toEqual([["failed"], true, [7]]);

    outbox.retry("id1");
    await vi.runAllTimersAsync();

    expect([phases(), seen]).toEqual([["sent"], [7, null]]);
  });

  it("asks again with what was seen after any other refusal", async () => {
    answers = [refused];
    outbox.send("c", "您好", 7);
    await vi.runAllTimersAsync();
    outbox.retry("id1");
    await vi.runAllTimersAsync();

    expect(seen).toEqual([7, 7]);
  });

  it("sends in order, one at a time", async () => {
    answers = [offline, null, null];
    outbox.send("c", "一");
    outbox.send("c", "二");
    await vi.runAllTimersAsync();
    expect(delivered).toEqual(["id1:一", "id1:一", "id2:二"]);
  });

  it("keeps what failed, with the reason, and everything behind it", async () => {
    answers = [offline, offline, offline];
    outbox.send("c", "一");
    outbox.send("c", "二");
    await vi.runAllTimersAsync();
    outbox.send("other", "别的会话");
    await vi.runAllTimersAsync();
    expect(phases()).toEqual(["failed", "failed", "sent"]);
    expect(outbox.items[0]?.reason).toBe("网络中断");
  });

  it("does not repeat what the server refused", async () => {
    answers = [refused];
    outbox.send("c", "一");
    await vi.runAllTimersAsync();
    expect(delivered).toHaveLength(1);
    expect(outbox.items[0]?.reason).toBe("会话已转给其他坐席");
  });

  it("retries under the same client id", async () => {
    answers = [refused];
    outbox.send("c", "一");
    await vi.runAllTimersAsync();
    outbox.retry("id1");
    await vi.runAllTimersAsync();
    expect(delivered).toEqual(["id1:一", "id1:一"]);
    expect(phases()).toEqual(["sent"]);
  });

  it("offers unfinished messages again after a reload", () => {
    answers = [offline];
    outbox.send("c", "一");
    outbox = build();
    expect(phases()).toEqual(["failed"]);
    outbox.discard("id1");
    expect(outbox.items).toEqual([]);
  });
});
