import type { CustomerApi } from "./api";
import { Backoff } from "./backoff";
import type { Clock, Timer } from "./clock";
import type { Credentials, Down, Link, LinkEvents } from "./link";
import { PollLink } from "./poll_link";
import { SocketLink, type OpenSocket } from "./socket_link";

export type ConnectionStatus = "stopped" | "connecting" | "live" | "polling" | "waiting";

const SOCKET_ATTEMPTS = 2;
const PROBE_MS = 60_000;
const PROBE_AT_MOST_MS = 5_000;

export interface ConnectionEvents extends Omit<LinkEvents, "down"> {
  status(status: ConnectionStatus): void;
  /** The link is gone; what was under way on it has to be sent again. */
  disconnected(): void;
  unauthorized(): void;
}

/**
 * Keeps a way to the server open: the socket first, long poll once two attempts at a socket failed, and back to the socket when one
 * opens again.
 */
export class Connection {
  readonly #options: { socketUrl: string; openSocket: OpenSocket; api: CustomerApi; clock: Clock; credentials: () => Credentials; events: ConnectionEvents };
  readonly #backoff: Backoff;
  #status: ConnectionStatus = "stopped";
  #link: Link | null = null;
  #probe: SocketLink | null = null;
  #probedAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | null = null;
  #readyAt: number | null = null;
  #socketFailures = 0;
  #isSocketForbidden = false;

  constructor(options: {
    socketUrl: string;
    openSocket: OpenSocket;
    api: CustomerApi;
    clock: Clock;
    random: () => number;
    credentials: () => Credentials;
    events: ConnectionEvents;
  }) {
    this.#options = options;
    this.#backoff = new Backoff(options.random);
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  /** Returns the link over which to speak, or null while there is none. */
  get link(): Link | null {
    return this.#readyAt === null ? null : this.#link;
  }

  start(): void {
    if (this.#status === "stopped") this.#attempt();
  }

  stop(): void {
    this.#drop();
    this.#setStatus("stopped");
  }

  /** The network or the page came back: look at once instead of waiting. */
  wake(): void {
    if (this.#status === "waiting") {
      this.#backoff.reset();
      this.#attempt();
    } else if (this.#status === "polling") {
      this.link?.check();
      this.#startProbe();
    } else if (this.#status === "live") {
      this.link?.check();
    }
  }

  #attempt(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#socketFailures >= SOCKET_ATTEMPTS || this.#isSocketForbidden) return this.#startPolling();
    this.#setStatus("connecting");
    this.#link = this.#openSocket({ ready: () => this.#isUp("live"), down: (down) => this.#socketDown(down) });
  }

  #openSocket(own: { ready: () => void; down: (down: Down) => void }): SocketLink {
    const { socketUrl, openSocket, clock, credentials, events } = this.#options;
    const linkEvents: LinkEvents = {
      ...passOn(events),
      ready: (state, seqHead) => {
        own.ready();
        events.ready(state, seqHead);
      },
      down: own.down,
    };
    return new SocketLink({ url: socketUrl, open: openSocket, credentials: credentials(), clock, events: linkEvents });
  }

  #isUp(status: "live" | "polling"): void {
    if (status === "live") this.#socketFailures = 0;
    this.#readyAt = this.#options.clock.now();
    this.#setStatus(status);
  }

  #socketDown(down: Down): void {
    const wasReady = this.#readyAt !== null;
    if (!wasReady) this.#socketFailures += 1;
    if (down.kind === "forbidden") this.#isSocketForbidden = true;
    if (down.kind === "protocol") this.#socketFailures = SOCKET_ATTEMPTS;
    this.#lose();
    if (down.kind === "unauthorized") return this.#refuse();
    // Straight on to polling: a customer in trouble should not wait for a socket that does not come.
    if (!wasReady && (this.#socketFailures >= SOCKET_ATTEMPTS || this.#isSocketForbidden)) return this.#startPolling();
    this.#wait(down.waitSeconds);
  }

  #startPolling(): void {
    const { api, credentials, events } = this.#options;
    this.#setStatus("connecting");
    this.#link = new PollLink({
      api,
      token: credentials().token,
      cursor: () => {
        const { conversation, lastSeq } = credentials();
        return { conversation, after: lastSeq };
      },
      events: {
        ...passOn(events),
        ready: (state, seqHead) => {
          this.#isUp("polling");
          this.#scheduleProbe();
          events.ready(state, seqHead);
        },
        down: (down) => {
          this.#lose();
          if (down.kind === "unauthorized") return this.#refuse();
          // The next attempt tries a socket again, in case only plain HTTP is broken.
          this.#socketFailures = Math.min(this.#socketFailures, SOCKET_ATTEMPTS - 1);
          this.#wait(down.waitSeconds);
        },
      },
    });
  }

  #scheduleProbe(): void {
    if (this.#isSocketForbidden) return;
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = this.#options.clock.setTimeout(() => this.#startProbe(), PROBE_MS);
  }

  #startProbe(): void {
    const now = this.#options.clock.now();
    if (this.#probe || this.#isSocketForbidden || now - this.#probedAt < PROBE_AT_MOST_MS) return;
    this.#probedAt = now;
    const probe = this.#openSocket({
      ready: () => {
        if (this.#probe !== probe) return;
        this.#probe = null;
        this.#lose();
        this.#link = probe;
        this.#isUp("live");
      },
      down: (down) => {
        if (this.#link === probe) return this.#socketDown(down);
        this.#probe = null;
        if (down.kind === "forbidden") this.#isSocketForbidden = true;
        this.#scheduleProbe();
      },
    });
    this.#probe = probe;
  }

  #wait(seconds: number | undefined): void {
    this.#setStatus("waiting");
    const milliseconds = Math.max(this.#backoff.next(), (seconds ?? 0) * 1000);
    this.#timer = this.#options.clock.setTimeout(() => this.#attempt(), milliseconds);
  }

  #refuse(): void {
    this.stop();
    this.#options.events.unauthorized();
  }

  /** Gives up the current link and says so. */
  #lose(): void {
    if (this.#readyAt !== null) this.#backoff.held(this.#options.clock.now() - this.#readyAt);
    this.#drop();
    this.#options.events.disconnected();
  }

  #drop(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#link?.close();
    this.#link = null;
    this.#probe?.close();
    this.#probe = null;
    this.#readyAt = null;
  }

  #setStatus(status: ConnectionStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#options.events.status(status);
  }
}

function passOn(events: ConnectionEvents): Omit<LinkEvents, "ready" | "down"> {
  return {
    state: (state) => events.state(state),
    message: (message) => events.message(message),
    batch: (conversation, items, complete) => events.batch(conversation, items, complete),
    acknowledged: (ack) => events.acknowledged(ack),
    refused: (refusal) => events.refused(refusal),
    read: (conversation, seq) => events.read(conversation, seq),
    typing: (on) => events.typing(on),
  };
}
