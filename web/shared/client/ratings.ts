import { readJson, writeJson, type KeyValueStorage } from "../storage";
import { ApiError, type CustomerApi } from "./api";

export interface Rating {
  score: number;
  comment: string;
  /** No change is possible any more. */
  isFinal: boolean;
  isSending: boolean;
  error: { code: string; message: string } | null;
}

// The first rating and one change, as the server has it.
const SENDS_ALLOWED = 2;

interface Entry extends Rating {
  sends: number;
}

/** The customer's ratings by conversation; kept in the browser so that a reload does not ask again. */
export class Ratings {
  readonly #storage: KeyValueStorage;
  readonly #key: string;
  readonly #changed: () => void;
  #entries: Record<string, Entry>;

  constructor(storage: KeyValueStorage, key: string, changed: () => void) {
    this.#storage = storage;
    this.#key = key;
    this.#changed = changed;
    this.#entries = readJson(storage, key, isEntries) ?? {};
  }

  of(conversation: string): Rating | null {
    return this.#entries[conversation] ?? null;
  }

  /** Sends a rating, shown at once and taken back if the server refuses it. */
  async send(api: CustomerApi, token: string, conversation: string, score: number, comment: string): Promise<void> {
    const before = this.#entries[conversation];
    if (before?.isFinal || before?.isSending) return;
    const sends = (before?.sends ?? 0) + 1;
    this.#put(conversation, { score, comment, isFinal: false, isSending: true, error: null, sends: before?.sends ?? 0 });
    try {
      await api.rate(token, { conversation, score, ...(comment === "" ? {} : { comment }) });
      this.#put(conversation, { score, comment, isFinal: sends >= SENDS_ALLOWED, isSending: false, error: null, sends });
    } catch (error) {
      const { code, message } = error instanceof ApiError ? error : new ApiError("network");
      const isFinal = code === "rating_final";
      // Score 0 stands for none: the buttons are offered again beside the error.
      this.#put(conversation, { ...(before ?? { score: 0, comment: "", sends: 0 }), isFinal, isSending: false, error: { code, message } });
    }
  }

  clear(): void {
    this.#entries = {};
    this.#storage.removeItem(this.#key);
  }

  #put(conversation: string, entry: Entry): void {
    this.#entries = { ...this.#entries, [conversation]: entry };
    const settled = Object.entries(this.#entries).filter(([, { isSending, score }]) => !isSending && score > 0);
    writeJson(this.#storage, this.#key, Object.fromEntries(settled.slice(-10)));
    this.#changed();
  }
}

function isEntries(value: unknown): value is Record<string, Entry> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
