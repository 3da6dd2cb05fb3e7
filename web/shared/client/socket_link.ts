import type { CustomerClientFrame, CustomerServerFrame } from "../protocol";
import { partOf } from "./api";
import type { Clock, Timer } from "./clock";
import type { Credentials, Down, Link, LinkEvents } from "./link";
import type { OutgoingMessage } from "./outbox";

/** The part of WebSocket that is used. */
export interface SocketLike {
  onopen: ((event: Event) => unknown) | null;
  onmessage: ((event: MessageEvent) => unknown) | null;
  onclose: ((event: CloseEvent) => unknown) | null;
  send(text: string): void;
  close(code?: number): void;
}
export type OpenSocket = (url: string) => SocketLike;

const READY_TIMEOUT_MS = 10_000;
const CHECK_TIMEOUT_MS = 5_000;
const MISSES_ALLOWED = 2;

/** One customer socket, from its opening to its end; never reconnects by itself. */
export class SocketLink implements Link {
  readonly #clock: Clock;
  readonly #events: LinkEvents;
  readonly #socket: SocketLike | null;
  #isReady = false;
  #hasEnded = false;
  #misses = 0;
  #heartbeatMs = 25_000;
  #timer: Timer | null = null;
  #waitSeconds: number | undefined;

  constructor(options: { url: string; open: OpenSocket; credentials: Credentials; clock: Clock; events: LinkEvents }) {
    this.#clock = options.clock;
    this.#events = options.events;
    this.#timer = this.#clock.setTimeout(() => this.#end({ kind: "lost" }), READY_TIMEOUT_MS);
    let socket: SocketLike;
    try {
      socket = options.open(options.url);
    } catch {
      // A content security policy of the host page may forbid sockets; the owner then polls.
      this.#socket = null;
      this.#clock.clearTimeout(this.#timer);
      this.#timer = this.#clock.setTimeout(() => this.#end({ kind: "forbidden" }), 0);
      return;
    }
    this.#socket = socket;
    const { token, conversation, lastSeq } = options.credentials;
    socket.onopen = () => this.#transmit({ t: "auth", v: 1, token, ...(conversation === null ? {} : { conv: conversation }), last_seq: lastSeq });
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#end(reasonOf(event.code));
  }

  send(message: OutgoingMessage): void {
    const { clientId: cid, content } = message;
    this.#transmit({ t: "msg", cid, ...partOf(content) });
  }

  sync(conversation: string, after: number): void {
    this.#transmit({ t: "sync", conv: conversation, after });
  }

  read(conversation: string, seq: number): void {
    this.#transmit({ t: "read", conv: conversation, seq });
  }

  typing(on: boolean): void {
    this.#transmit({ t: "typing", on });
  }

  check(): void {
    if (!this.#isReady) return;
    // A phone that slept often holds a socket that died long ago without telling.
    this.#misses = MISSES_ALLOWED;
    this.#transmit({ t: "ping" });
    this.#schedule(CHECK_TIMEOUT_MS);
  }

  close(): void {
    this.#hasEnded = true;
    this.#release();
  }

  #transmit(frame: CustomerClientFrame): void {
    try {
      this.#socket?.send(JSON.stringify(frame));
    } catch {
      this.#end({ kind: "lost" });
    }
  }

  #receive(data: unknown): void {
    if (this.#hasEnded || typeof data !== "string") return;
    const frame = parseFrame(data);
    if (!frame) return;
    if (this.#isReady && this.#misses > 0) {
      this.#misses = 0;
      this.#schedule(this.#heartbeatMs);
    }
    this.#dispatch(frame);
  }

  #dispatch(frame: CustomerServerFrame): void {
    switch (frame.t) {
      case "ready":
        this.#isReady = true;
        this.#misses = 0;
        this.#heartbeatMs = Math.max(5, frame.hb) * 1000;
        this.#schedule(this.#heartbeatMs);
        return this.#events.ready(frame, frame.seq_head);
      case "state":
        return this.#events.state(frame);
      case "msg":
        return this.#events.message(frame);
      case "batch":
        return this.#events.batch(frame.conv, frame.items, !frame.more);
      case "ack":
        return this.#events.acknowledged({ clientId: frame.cid, id: frame.mid, seq: frame.seq, conversation: frame.conv });
      case "err":
        return this.#events.refused({
          clientId: frame.cid ?? null,
          code: frame.code,
          message: frame.message,
          retryAfterSeconds: frame.retry_after ?? null,
        });
      case "read":
        return this.#events.read(frame.conv, frame.seq);
      case "typing":
        return this.#events.typing(frame.on);
      case "bye":
        this.#waitSeconds = frame.reconnect_in;
        return;
      case "pong":
        return;
    }
  }

  #schedule(milliseconds: number): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => this.#beat(), milliseconds);
  }

  #beat(): void {
    if (this.#misses >= MISSES_ALLOWED) return this.#end({ kind: "lost" });
    this.#misses += 1;
    this.#transmit({ t: "ping" });
    if (!this.#hasEnded) this.#schedule(this.#heartbeatMs);
  }

  #end(down: Down): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#release();
    this.#events.down(this.#waitSeconds === undefined ? down : { ...down, waitSeconds: this.#waitSeconds });
  }

  #release(): void {
    this.#clock.clearTimeout(this.#timer);
    if (!this.#socket) return;
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    try {
      this.#socket.close(1000);
    } catch {
      // It was closed already.
    }
  }
}

function parseFrame(data: string): CustomerServerFrame | null {
  try {
    const frame: unknown = JSON.parse(data);
    return typeof frame === "object" && frame !== null && "t" in frame ? (frame as CustomerServerFrame) : null;
  } catch {
    return null;
  }
}

function reasonOf(code: number): Down {
  if (code === 4001) return { kind: "unauthorized" };
  if (code === 4003) return { kind: "forbidden" };
  if (code === 4010) return { kind: "protocol" };
  return { kind: "lost" };
}
