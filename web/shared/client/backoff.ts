const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
// A connection that held this long was sound; the next failure starts from the shortest wait again.
const STABLE_MS = 30_000;

/** Waits between attempts: full jitter between one and thirty seconds, so that clients do not return all at once. */
export class Backoff {
  readonly #random: () => number;
  #attempt = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  next(): number {
    const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.#attempt + 1));
    this.#attempt = Math.min(this.#attempt + 1, 10);
    return Math.round(FIRST_MS + this.#random() * (ceiling - FIRST_MS));
  }

  /** Tells how long the connection before this failure had held. */
  held(milliseconds: number): void {
    if (milliseconds >= STABLE_MS) this.#attempt = 0;
  }

  reset(): void {
    this.#attempt = 0;
  }
}
