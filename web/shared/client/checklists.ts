import type { ChecklistAnswer } from "../protocol";
import { ApiError, type CustomerApi } from "./api";

/** The ticks of one conversation as they are shown. */
export interface Checklist {
  done: ReadonlySet<string>;
  /** From when the clock runs; null while unknown. */
  since: string | null;
  error: { code: string; message: string; step: string | null } | null;
}
export interface Tick {
  conversation: string;
  message: string;
  step: string;
  done: boolean;
}

interface Entry {
  stored: ChecklistAnswer["checklist"];
  since: string | null;
  error: Checklist["error"];
  /** What the customer wants and the server has not confirmed, by step. */
  wanted: Map<string, Tick>;
  isSending: boolean;
  loading: "no" | "yes" | "again";
  /** Rises with every answer to a tick; an older list must not replace a newer one. */
  version: number;
}

const EMPTY: Checklist = { done: new Set(), since: null, error: null };

/** The customer's checklists by conversation: a tick shows at once and is taken back, with the reason, when it is not kept. */
export class Checklists {
  readonly #api: CustomerApi;
  readonly #token: () => string | null;
  readonly #changed: () => void;
  readonly #refused: (error: ApiError) => void;
  readonly #entries = new Map<string, Entry>();

  constructor(options: { api: CustomerApi; token: () => string | null; changed: () => void; refused: (error: ApiError) => void }) {
    this.#api = options.api;
    this.#token = options.token;
    this.#changed = options.changed;
    this.#refused = options.refused;
  }

  of(conversation: string): Checklist {
    const entry = this.#entries.get(conversation);
    if (!entry) return EMPTY;
    const done = new Set(Object.keys(entry.stored));
    for (const tick of entry.wanted.values()) {
      if (tick.done) done.add(tick.step);
      else done.delete(tick.step);
    }
    return { done, since: entry.since, error: entry.error };
  }

  /** Reads a conversation's ticks; asked again meanwhile, reads once more, for the first answer may be older. */
  async load(conversation: string): Promise<void> {
    const token = this.#token();
    const entry = this.#entry(conversation);
    if (token === null) return;
    if (entry.loading !== "no") {
      entry.loading = "again";
      return;
    }
    entry.loading = "yes";
    const { version } = entry;
    try {
      const { checklist, since } = await this.#api.checklist(token, conversation);
      if (entry.version === version) entry.stored = checklist;
      entry.since = since;
      if (entry.error?.step === null) entry.error = null;
    } catch (error) {
      // The steps themselves are there; what is missing is only how far the customer has come.
      entry.error ??= this.#explain(error, null);
    }
    const isStale = (entry.loading as Entry["loading"]) === "again";
    entry.loading = "no";
    this.#changed();
    if (isStale) await this.load(conversation);
  }

  /** Keeps a tick or takes it back; presses in quick succession end with the last one. */
  async tick(tick: Tick): Promise<void> {
    const entry = this.#entry(tick.conversation);
    entry.wanted.set(tick.step, tick);
    entry.error = null;
    this.#changed();
    if (entry.isSending) return;
    entry.isSending = true;
    // One after the other: every answer is a whole list, and the last one has to be the newest.
    for (let next = firstOf(entry.wanted); next; next = firstOf(entry.wanted)) await this.#send(entry, next);
    entry.isSending = false;
  }

  clear(): void {
    this.#entries.clear();
  }

  async #send(entry: Entry, tick: Tick): Promise<void> {
    const { message, step, done } = tick;
    try {
      const token = this.#token();
      if (token === null) throw new ApiError("network");
      const answer = await this.#api.tick(token, { message, step, done });
      entry.stored = answer.checklist;
      entry.version += 1;
      if (entry.wanted.get(step) === tick) entry.wanted.delete(step);
    } catch (error) {
      entry.wanted.delete(step);
      entry.error = this.#explain(error, step);
    }
    this.#changed();
  }

  #explain(error: unknown, step: string | null): NonNullable<Checklist["error"]> {
    const refusal = error instanceof ApiError ? error : new ApiError("network");
    this.#refused(refusal);
    return { code: refusal.code, message: refusal.message, step };
  }

  #entry(conversation: string): Entry {
    let entry = this.#entries.get(conversation);
    if (!entry) {
      entry = { stored: {}, since: null, error: null, wanted: new Map(), isSending: false, loading: "no", version: 0 };
      this.#entries.set(conversation, entry);
    }
    return entry;
  }
}

function firstOf(wanted: ReadonlyMap<string, Tick>): Tick | undefined {
  return wanted.values().next().value;
}
