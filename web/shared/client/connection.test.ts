import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CustomerApi } from "./api";
import { Backoff } from "./backoff";
import { browserClock } from "./clock";
import { Connection, type ConnectionEvents } from "./connection";
import { fakeFetch, FakeSocket, type Answer } from "./fakes";

let sockets: FakeSocket[] = [];
const answer = vi.fn<() => Answer | Promise<Answer>>();
const unauthorized = vi.fn();
const disconnected = vi.fn();

function connect(): Connection {
  const silent = (): void => undefined;
  const events: ConnectionEvents = {
    status: silent,
    ready: silent,
    state: silent,
    message: silent,
    batch: silent,
    acknowledged: silent,
    refused: silent,
    read: silent,
    typing: silent,
    disconnected,
    unauthorized,
  };
  const connection = new Connection({
    socketUrl: "wss://zone.example/api/v1/socket",
    openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    api: new CustomerApi("https://zone.example", fakeFetch(() => answer()).fetch),
    clock: browserClock,
    random: () => 0.5,
    credentials: () => ({ token: "t", conversation: "c1", lastSeq: 7 }),
    events,
  });
  connection.start();
  return connection;
}

const latest = (): FakeSocket => {
  const socket = sockets[sockets.length - 1];
  if (!socket) throw new Error("no socket was opened");
  return socket;
};

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  vi.resetAllMocks();
  const empty = { body: { conversation: "c1", messages: [], owner: "bot", queue: null, agent: null } };
  let asked = 0;
  // The first question is answered at once, the next ones when the wait for news is over.
  answer.mockImplementation(() => (asked++ === 0 ? empty : new Promise<Answer>((resolve) => setTimeout(() => resolve(empty), 25_000))));
});
afterEach(() => void vi.useRealTimers());

describe("Connection", () => {
  it("authenticates first and is live once the server is ready", () => {
    const connection = connect();
    expect(connection.link).toBeNull();
    latest().ready();
    expect(latest().sent[0]).toEqual({ t: "auth", v: 1, token: "t", conv: "c1", last_seq: 7 });
    expect(connection.status).toBe("live");
    expect(connection.link).not.toBeNull();
  });

  it("pings and reconnects after two missed answers", () => {
    const connection = connect();
    latest().ready();
    vi.advanceTimersByTime(25_000);
    latest().receive({ t: "pong" });
    vi.advanceTimersByTime(50_000);
    expect(connection.status).toBe("live");
    expect(latest().ofType("ping").length).toBe(3);
    vi.advanceTimersByTime(25_000);
    expect(connection.status).toBe("waiting");
    expect(disconnected).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(1_500);
    expect(sockets).toHaveLength(2);
  });

  it("falls back to long poll after two failed sockets and comes back to the socket", async () => {
    const connection = connect();
    latest().drop();
    expect(connection.status).toBe("waiting");
    vi.advanceTimersByTime(30_000);
    latest().drop();
    await vi.advanceTimersByTimeAsync(0);
    expect(connection.status).toBe("polling");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(3);
    expect(connection.status).toBe("polling");
    latest().ready();
    expect(connection.status).toBe("live");
  });

  it("keeps polling while a probe fails, and probes again", async () => {
    const connection = connect();
    latest().drop();
    vi.advanceTimersByTime(30_000);
    latest().drop();
    await vi.advanceTimersByTimeAsync(60_000);
    latest().drop();
    expect(connection.status).toBe("polling");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(4);
  });

  it("counts a socket that never becomes ready as failed", () => {
    const connection = connect();
    latest().open();
    vi.advanceTimersByTime(10_000);
    expect(connection.status).toBe("waiting");
    expect(latest().isClosed).toBe(true);
  });

  it("does not come back with a refused session", () => {
    const connection = connect();
    latest().drop(4001);
    expect(unauthorized).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(120_000);
    expect(connection.status).toBe("stopped");
    expect(sockets).toHaveLength(1);
  });

  it("gives up sockets from a foreign origin", async () => {
    const connection = connect();
    latest().drop(4003);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(connection.status).toBe("polling");
    expect(sockets).toHaveLength(1);
  });

  it("waits as long as the server wishes", () => {
    connect();
    latest().ready();
    latest().receive({ t: "bye", reconnect_in: 20 });
    latest().drop(1012);
    vi.advanceTimersByTime(19_000);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(1_000);
    expect(sockets).toHaveLength(2);
  });

  it("looks at once when the network is back", () => {
    const connection = connect();
    latest().ready();
    latest().drop();
    connection.wake();
    expect(sockets).toHaveLength(2);
    latest().ready();
    connection.wake();
    expect(latest().ofType("ping")).toHaveLength(1);
    vi.advanceTimersByTime(5_000);
    expect(connection.status).toBe("waiting");
  });
});

it("waits between one and thirty seconds, with full jitter", () => {
  const longest = new Backoff(() => 1);
  expect([1, 2, 3, 4, 5, 6].map(() => longest.next())).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  const shortest = new Backoff(() => 0);
  expect([1, 2, 3].map(() => shortest.next())).toEqual([1_000, 1_000, 1_000]);
  longest.held(1_000);
  expect(longest.next()).toBe(30_000);
  longest.held(60_000);
  expect(longest.next()).toBe(2_000);
});
