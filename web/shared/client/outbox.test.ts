import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { memoryStorage } from "../storage";
import { browserClock } from "./clock";
import { ACK_TIMEOUT_MS, newClientId, Outbox } from "./outbox";

const storage = memoryStorage();
let count = 0;
const outbox = (): Outbox => new Outbox({ storage, key: "out", clock: browserClock, newId: () => `id${++count}` });

beforeEach(() => {
  vi.useFakeTimers();
  storage.removeItem("out");
  count = 0;
});
afterEach(() => vi.useRealTimers());

describe("Outbox", () => {
  it("sends one at a time and in order", () => {
    const box = outbox();
    box.add({ text: "一" });
    box.add({ text: "二" });
    expect(box.take()?.clientId).toBe("id1");
    expect(box.take()).toBeNull();
    box.acknowledged("id1");
    expect(box.take()?.clientId).toBe("id2");
  });

  it("survives a reload and sends again under the same identifier", () => {
    const box = outbox();
    box.add({ text: "一" });
    box.take();
    expect(outbox().take()).toMatchObject({ clientId: "id1", content: { text: "一" } });
  });

  it("forgets what was acknowledged, also for other tabs", () => {
    const box = outbox();
    const other = outbox();
    box.add({ text: "一" });
    other.reload();
    expect(other.list()).toHaveLength(1);
    box.acknowledged("id1");
    other.reload();
    expect(other.list()).toHaveLength(0);
    expect(storage.getItem("out")).toBeNull();
  });

  it("sends again without an acknowledgement and gives up in the end", () => {
    const box = outbox();
    box.add({ text: "一" });
    for (let round = 0; round < 4; round += 1) {
      expect(box.take()?.clientId).toBe("id1");
      vi.advanceTimersByTime(ACK_TIMEOUT_MS);
      box.expire();
    }
    expect(box.list()[0]).toMatchObject({ state: "failed", reason: "" });
    box.retry("id1");
    expect(box.take()?.clientId).toBe("id1");
  });

  it("takes a new identifier when a refused message is tried again", () => {
    const box = outbox();
    box.add({ text: "一" });
    box.add({ text: "二" });
    box.take();
    box.refused("id1", "太长");
    expect(box.take()?.clientId).toBe("id2");
    box.acknowledged("id2");
    box.retry("id1");
    expect(box.take()?.clientId).toBe("id3");
  });

  it("holds the whole queue back after a rate limit", () => {
    const box = outbox();
    box.add({ text: "一" });
    box.add({ text: "二" });
    box.take();
    box.postpone("id1", 4000);
    expect(box.take()).toBeNull();
    vi.advanceTimersByTime(4000);
    expect(box.take()?.clientId).toBe("id1");
  });

  it("does not send by itself what was written days ago", () => {
    outbox().add({ text: "旧" });
    vi.advanceTimersByTime(25 * 3600_000);
    const later = outbox();
    expect(later.take()).toBeNull();
    expect(later.list()[0]?.state).toBe("failed");
  });

  it("ignores a broken store", () => {
    storage.setItem("out", "{oops");
    expect(outbox().list()).toEqual([]);
  });
});

it("newClientId makes different identifiers", () => {
  expect(newClientId()).toMatch(/^[0-9a-f]{32}$/);
  expect(newClientId()).not.toBe(newClientId());
});
