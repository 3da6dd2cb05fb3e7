export type Timer = ReturnType<typeof setTimeout>;

/** Time as an argument, so that the state machines can be tested without waiting. */
export interface Clock {
  now(): number;
  setTimeout(run: () => void, milliseconds: number): Timer;
  clearTimeout(timer: Timer | null): void;
}

export const browserClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, milliseconds) => setTimeout(run, milliseconds),
  clearTimeout: (timer) => {
    if (timer !== null) clearTimeout(timer);
  },
};
