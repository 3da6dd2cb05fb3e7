import { readJson, writeJson, type KeyValueStorage } from "../storage";
import type { Message } from "../protocol";
import { ApiError, type CustomerApi } from "./api";

/** What is rated: a session of a closed conversation, or one answer of the bot. */
export interface RatingSubject {
  key: string;
  conversation: string;
  session?: string;
  message?: string;
}
/** What the customer says of it; score 0 stands for none, solved null for no word on it. */
export interface RatingWord {
  score: number;
  solved: boolean | null;
  reasons: readonly string[];
  comment: string;
}
export interface Rating extends RatingWord {
  /** No change is possible any more. */
  isFinal: boolean;
  isSending: boolean;
  error: { code: string; message: string } | null;
}

export const NO_WORD: RatingWord = { score: 0, solved: null, reasons: [], comment: "" };
// The first rating and one change, as the server has it.
const SENDS_ALLOWED = 2;
const KEPT = 20;

interface Entry extends Rating {
  sends: number;
}

/** What a message asks to be rated; null for all others. */
export function subjectOf(message: Message): RatingSubject | null {
  const { conversation, body } = message;
  if (message.kind === "rating_request") {
    // Earlier releases asked once for a whole conversation.
    return body.session === undefined ? { key: conversation, conversation } : { key: body.session, conversation, session: body.session };
  }
  return message.kind === "answer" && body.asks_solved === true ? { key: message.id, conversation, message: message.id } : null;
}

/** The customer's ratings by what they rate; kept in the browser so that a reload does not ask again. */
export class Ratings {
  readonly #storage: KeyValueStorage;
  readonly #key: string;
  readonly #changed: () => void;
  #entries: Record<string, Entry>;

  constructor(storage: KeyValueStorage, key: string, changed: () => void) {
    this.#storage = storage;
    this.#key = key;
    this.#changed = changed;
    const kept = readJson(storage, key, isEntries) ?? {};
    this.#entries = Object.fromEntries(Object.entries(kept).map(([subject, entry]) => [subject, { ...NO_WORD, ...entry }]));
  }

  of(key: string): Rating | null {
    return this.#entries[key] ?? null;
  }

  /** Sends a rating, shown at once and taken back if the server refuses it. */
  async send(api: CustomerApi, token: string, subject: RatingSubject, word: RatingWord): Promise<void> {
    const before = this.#entries[subject.key];
    if (before?.isFinal || before?.isSending) return;
    const sends = (before?.sends ?? 0) + 1;
    this.#put(subject.key, { ...word, isFinal: false, isSending: true, error: null, sends: before?.sends ?? 0 });
    try {
      await api.rate(token, { ...addressOf(subject), ...given(word) });
      this.#put(subject.key, { ...word, isFinal: sends >= SENDS_ALLOWED, isSending: false, error: null, sends });
    } catch (error) {
      const { code, message } = error instanceof ApiError ? error : new ApiError("network");
      const isFinal = code === "rating_final";
      // Without a word the buttons are offered again beside the error.
      this.#put(subject.key, { ...(before ?? { ...NO_WORD, sends: 0 }), isFinal, isSending: false, error: { code, message } });
    }
  }

  clear(): void {
    this.#entries = {};
    this.#storage.removeItem(this.#key);
  }

  #put(key: string, entry: Entry): void {
    this.#entries = { ...this.#entries, [key]: entry };
    const settled = Object.entries(this.#entries).filter(([, one]) => !one.isSending && hasWord(one));
    writeJson(this.#storage, this.#key, Object.fromEntries(settled.slice(-KEPT)));
    this.#changed();
  }
}

/** True once the customer has said anything. */
export function hasWord(word: RatingWord): boolean {
  return word.score > 0 || word.solved !== null;
}

function addressOf({ conversation, session, message }: RatingSubject): { conversation: string; session?: string; message?: string } {
  return { conversation, ...(session === undefined ? {} : { session }), ...(message === undefined ? {} : { message }) };
}

/** Only what was said: the server tells "nothing" from "no". */
function given({ score, solved, reasons, comment }: RatingWord): GivenRating {
  return {
    ...(score > 0 ? { score } : {}),
    ...(solved === null ? {} : { solved }),
    ...(reasons.length === 0 ? {} : { reasons }),
    ...(comment === "" ? {} : { comment }),
  };
}

export interface GivenRating {
  score?: number;
  solved?: boolean;
  reasons?: readonly string[];
  comment?: string;
}

function isEntries(value: unknown): value is Record<string, Entry> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
