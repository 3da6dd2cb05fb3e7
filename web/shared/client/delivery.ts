import type { Clock, Timer } from "./clock";
import type { Link, Refusal } from "./link";
import type { Outbox } from "./outbox";

const NETWORK_RETRY_MS = 3_000;
const RATE_LIMIT_MS = 10_000;

/** Moves messages from the outbox to whatever link there is, and looks again when a wait is over. */
export class Delivery {
  readonly #outbox: Outbox;
  readonly #clock: Clock;
  readonly #link: () => Link | null;
  readonly #changed: () => void;
  #timer: Timer | null = null;

  constructor(options: { outbox: Outbox; clock: Clock; link: () => Link | null; changed: () => void }) {
    this.#outbox = options.outbox;
    this.#clock = options.clock;
    this.#link = options.link;
    this.#changed = options.changed;
  }

  pump(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#outbox.expire();
    const link = this.#link();
    if (link) {
      const message = this.#outbox.take();
      if (message) link.send(message);
      const lookAt = this.#outbox.nextLookAt();
      if (lookAt !== null) this.#timer = this.#clock.setTimeout(() => this.pump(), Math.max(50, lookAt - this.#clock.now()));
    }
    this.#changed();
  }

  /** Takes in a refusal; the answer tells for how many milliseconds sending is held back, 0 when it is not. */
  refused(clientId: string, refusal: Refusal): number {
    const { code, message, retryAfterSeconds } = refusal;
    let held = 0;
    if (code === "rate_limited") {
      held = retryAfterSeconds === null ? RATE_LIMIT_MS : retryAfterSeconds * 1000;
      this.#outbox.postpone(clientId, held);
    } else if (code === "network" || /^http_5|^internal|unavailable/.test(code)) {
      this.#outbox.postpone(clientId, NETWORK_RETRY_MS);
    } else {
      this.#outbox.refused(clientId, message || code);
    }
    this.pump();
    return held;
  }

  disconnected(): void {
    this.#outbox.disconnected();
    this.pump();
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
