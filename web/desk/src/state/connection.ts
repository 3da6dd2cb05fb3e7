import type { DeskClientFrame, DeskServerFrame } from "../../../shared/protocol";
import { Backoff } from "../../../shared/client/backoff";
import type { Clock, Timer } from "../../../shared/client/clock";

/** The little of a WebSocket that the connection needs. */
export interface SocketLike {
  send(frame: string): void;
  close(code?: number): void;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export type ConnectionPhase = "idle" | "connecting" | "open" | "waiting" | "refused";

export interface ConnectionState {
  phase: ConnectionPhase;
  /** When the next attempt starts, in milliseconds; null unless waiting. */
  retryAt: number | null;
}

export interface ConnectionOptions {
  clock: Clock;
  random: () => number;
  connect: () => SocketLike;
  onFrame: (frame: DeskServerFrame) => void;
  onState: (state: ConnectionState) => void;
  /** The session was revoked or has expired. */
  onSignedOut: () => void;
}

const HEARTBEAT_MILLISECONDS = 25_000;
const CONNECT_MILLISECONDS = 10_000;
const NOT_AUTHENTICATED = 4001;
const WRONG_ORIGIN = 4003;

/** The desk socket: one connection at a time, heartbeat, and reconnection with full jitter between 1 and 30 s. */
export class Connection {
  state: ConnectionState = { phase: "idle", retryAt: null };
  #socket: SocketLike | null = null;
  #unanswered = 0;
  #openedAt: number | null = null;
  #timer: Timer | null = null;
  readonly #backoff: Backoff;
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.random);
  }

  start(): void {
    if (this.state.phase === "idle" || this.state.phase === "refused") this.#attempt();
  }

  stop(): void {
    this.#drop();
    this.#become({ phase: "idle", retryAt: null });
  }

  /** Ends the waiting, or checks a connection that may have died while the page slept. */
  wake(): void {
    if (this.state.phase === "waiting") this.#attempt();
    else if (this.state.phase === "open") this.send({ t: "ping" });
  }

  /** False when there is no connection; frames are never queued, since a reconnect asks for everything missed. */
  send(frame: DeskClientFrame): boolean {
    if (this.state.phase !== "open" || this.#socket === null) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #attempt(): void {
    this.#drop();
    this.#become({ phase: "connecting", retryAt: null });
    const socket = this.#options.connect();
    this.#socket = socket;
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#closed(event.code);
    this.#setTimer(() => this.#wait(null), CONNECT_MILLISECONDS);
  }

  #receive(text: unknown): void {
    const frame = parseFrame(text);
    if (frame === null) return;
    this.#unanswered = 0;
    if (frame.t === "bye") {
      this.#wait(frame.reconnect_in);
      return;
    }
    if (frame.t === "hello") {
      this.#openedAt = this.#options.clock.now();
      this.#become({ phase: "open", retryAt: null });
      this.#beat();
    }
    this.#options.onFrame(frame);
  }

  #beat(): void {
    this.#setTimer(() => {
      // Two unanswered pings mean that the network swallowed the connection without closing it.
      if (this.#unanswered >= 2) {
        this.#wait(null);
        return;
      }
      this.#unanswered += 1;
      this.send({ t: "ping" });
      this.#beat();
    }, HEARTBEAT_MILLISECONDS);
  }

  #closed(code: number): void {
    if (code === NOT_AUTHENTICATED) {
      this.stop();
      this.#options.onSignedOut();
    } else if (code === WRONG_ORIGIN) {
      this.#drop();
      this.#become({ phase: "refused", retryAt: null });
    } else {
      this.#wait(null);
    }
  }

  #wait(atLeastSeconds: number | null): void {
    const { clock, random } = this.#options;
    if (this.#openedAt !== null) this.#backoff.held(clock.now() - this.#openedAt);
    this.#drop();
    const wait = atLeastSeconds === null ? this.#backoff.next() : 1000 * (atLeastSeconds + random());
    this.#become({ phase: "waiting", retryAt: clock.now() + wait });
    this.#setTimer(() => this.#attempt(), wait);
  }

  #setTimer(run: () => void, milliseconds: number): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = this.#options.clock.setTimeout(run, milliseconds);
  }

  #drop(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#openedAt = null;
    this.#unanswered = 0;
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #become(state: ConnectionState): void {
    this.state = state;
    this.#options.onState(state);
  }
}

function parseFrame(text: unknown): DeskServerFrame | null {
  if (typeof text !== "string") return null;
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" && frame !== null && "t" in frame ? (frame as DeskServerFrame) : null;
  } catch {
    return null;
  }
}
