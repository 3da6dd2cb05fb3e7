import { beforeEach, describe, expect, it, vi } from "vitest";
import { browserClock } from "../../../shared/client/clock";
import { Connection, type ConnectionState, type SocketLike } from "./connection";

class FakeSocket implements SocketLike {
  sent: string[] = [];
  closed = false;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  send(frame: string): void {
    this.sent.push(frame);
  }
  close(): void {
    this.closed = true;
  }
  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const HELLO = { t: "hello", agent: { id: "a", username: "a", name: "a", role: "agent", available: true } };

describe("Connection", () => {
  let sockets: FakeSocket[];
  let states: ConnectionState[];
  let signedOut: boolean;
  let frames: string[];
  let connection: Connection;
  const last = (): FakeSocket => sockets.at(-1)!;

  beforeEach(() => {
    vi.useFakeTimers();
    sockets = [];
    states = [];
    frames = [];
    signedOut = false;
    connection = new Connection({
      clock: browserClock,
      random: () => 0.5,
      connect: () => {
        sockets.push(new FakeSocket());
        return last();
      },
      onFrame: (frame) => frames.push(frame.t),
      onState: (state) => states.push(state),
      onSignedOut: () => (signedOut = true),
    });
    connection.start();
  });

  it("is open only after hello", () => {
    expect(connection.state.phase).toBe("connecting");
    last().say(HELLO);
    expect(connection.state.phase).toBe("open");
    expect(frames).toEqual(["hello"]);
  });

  it("waits between 1 and 30 seconds, longer after each failure", () => {
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      last().onclose?.({ code: 1006 });
      waits.push(connection.state.retryAt! - Date.now());
      vi.runOnlyPendingTimers();
    }
    expect(waits[0]).toBe(1500);
    expect(waits.at(-1)).toBe(15_500);
    expect([...waits].sort((a, b) => a - b)).toEqual(waits);
    expect(sockets).toHaveLength(9);
  });

  it("starts over with short waits after a connection that held", () => {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      last().onclose?.({ code: 1006 });
      vi.runOnlyPendingTimers();
    }
    last().say(HELLO);
    vi.advanceTimersByTime(40_000);
    last().onclose?.({ code: 1006 });
    expect(connection.state.retryAt! - Date.now()).toBe(1500);
  });

  it("gives up on an attempt that never says hello", () => {
    vi.advanceTimersByTime(10_000);
    expect(last().closed).toBe(true);
    expect(connection.state.phase).toBe("waiting");
  });

  it("closes after two pings without an answer", () => {
    last().say(HELLO);
    vi.advanceTimersByTime(50_000);
    expect(last().sent).toHaveLength(2);
    expect(connection.state.phase).toBe("open");
    vi.advanceTimersByTime(25_000);
    expect(connection.state.phase).toBe("waiting");
  });

  it("stays open while pongs arrive", () => {
    last().say(HELLO);
    for (let beat = 0; beat < 10; beat += 1) {
      vi.advanceTimersByTime(25_000);
      last().say({ t: "pong" });
    }
    expect(connection.state.phase).toBe("open");
  });

  it("does not reconnect when the session is over", () => {
    last().onclose?.({ code: 4001 });
    vi.advanceTimersByTime(120_000);
    expect(signedOut).toBe(true);
    expect(sockets).toHaveLength(1);
  });

  it("does not reconnect from a refused origin", () => {
    last().onclose?.({ code: 4003 });
    vi.advanceTimersByTime(120_000);
    expect(connection.state.phase).toBe("refused");
    expect(sockets).toHaveLength(1);
  });

  it("obeys bye", () => {
    last().say(HELLO);
    last().say({ t: "bye", reconnect_in: 7 });
    expect(connection.state.retryAt! - Date.now()).toBe(7500);
  });

  it("retries at once when asked, and ignores the old socket", () => {
    const first = last();
    first.onclose?.({ code: 1006 });
    connection.wake();
    expect(sockets).toHaveLength(2);
    expect(first.onmessage).toBeNull();
  });

  it("ignores what it cannot read and refuses to send while closed", () => {
    last().onmessage?.({ data: "{" });
    last().onmessage?.({ data: 5 });
    expect(connection.send({ t: "ping" })).toBe(false);
    connection.stop();
    vi.advanceTimersByTime(120_000);
    expect(sockets).toHaveLength(1);
  });
});
