import type { Clock, Timer } from "../../../shared/client/clock";

const EVERY_MILLISECONDS = 10_000;

/** Reads over HTTP while the socket is down, so that the queue never stands still. */
export class Poller {
  #timer: Timer | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly poll: () => Promise<void>,
  ) {}

  /** Runs or rests; asking for what it already does changes nothing. */
  setRunning(isRunning: boolean): void {
    if (isRunning === (this.#timer !== null)) return;
    this.clock.clearTimeout(this.#timer);
    this.#timer = null;
    if (isRunning) this.#schedule();
  }

  #schedule(): void {
    const timer = this.clock.setTimeout(() => {
      // The next one is planned after this one ends: a slow server is not asked twice at a time.
      void this.poll().finally(() => {
        if (this.#timer === timer) this.#schedule();
      });
    }, EVERY_MILLISECONDS);
    this.#timer = timer;
  }
}
