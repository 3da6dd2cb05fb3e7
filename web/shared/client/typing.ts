import type { Clock, Timer } from "./clock";

const REPEAT_MS = 3_000;
const IDLE_MS = 5_000;
const ENDS_BY_ITSELF_MS = 10_000;

/** Tells the other side that the customer is writing: at most once in three seconds, and that it ended. */
export class TypingSender {
  readonly #clock: Clock;
  readonly #send: (on: boolean) => void;
  #lastSentAt = Number.NEGATIVE_INFINITY;
  #isOn = false;
  #idle: Timer | null = null;

  constructor(clock: Clock, send: (on: boolean) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  input(): void {
    this.#clock.clearTimeout(this.#idle);
    this.#idle = this.#clock.setTimeout(() => this.stop(), IDLE_MS);
    const now = this.#clock.now();
    if (now - this.#lastSentAt < REPEAT_MS) return;
    this.#lastSentAt = now;
    this.#isOn = true;
    this.#send(true);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#idle);
    this.#idle = null;
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#send(false);
  }
}

/** Whether the other side is writing; ends by itself should the end never be told. */
export class TypingIndicator {
  readonly #clock: Clock;
  readonly #changed: () => void;
  #timer: Timer | null = null;

  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  get on(): boolean {
    return this.#timer !== null;
  }

  set(on: boolean): void {
    const was = this.on;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = on ? this.#clock.setTimeout(() => this.set(false), ENDS_BY_ITSELF_MS) : null;
    if (was !== on) this.#changed();
  }
}
