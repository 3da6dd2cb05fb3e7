import { readJson, writeJson, type KeyValueStorage } from "../storage";
import type { Content } from "./api";
import type { Clock } from "./clock";

/** A message on its way: it stays here, and in the browser's storage, until the server has said that it is safe. */
export interface OutgoingMessage {
  clientId: string;
  content: Content;
  createdAt: number;
  state: "waiting" | "sending" | "failed";
  /** Why it failed, as the server put it; empty when the server only never answered. */
  reason: string;
}

interface Entry extends OutgoingMessage {
  sends: number;
  sentAt: number;
  notBefore: number;
}

/** How long an acknowledgement may take before the same message is sent once more; the server knows repeats by `client_id`. */
export const ACK_TIMEOUT_MS = 15_000;
const MAX_SENDS = 4;
// The server answers a reused client_id with a refusal; nothing older than this is worth sending by itself.
const MAX_AGE_MS = 24 * 3600_000;

/** The queue of outgoing messages: one at a time and in order, so that no message overtakes another. */
export class Outbox {
  readonly #storage: KeyValueStorage;
  readonly #key: string;
  readonly #clock: Clock;
  readonly #newId: () => string;
  #entries: Entry[] = [];

  constructor(options: { storage: KeyValueStorage; key: string; clock: Clock; newId: () => string }) {
    this.#storage = options.storage;
    this.#key = options.key;
    this.#clock = options.clock;
    this.#newId = options.newId;
    this.reload();
  }

  get key(): string {
    return this.#key;
  }

  list(): readonly OutgoingMessage[] {
    return this.#entries;
  }

  add(content: Content): OutgoingMessage {
    // Another tab may have added something since.
    this.reload();
    const entry: Entry = {
      clientId: this.#newId(),
      content,
      createdAt: this.#clock.now(),
      state: "waiting",
      reason: "",
      sends: 0,
      sentAt: 0,
      notBefore: 0,
    };
    this.#entries.push(entry);
    this.#save();
    return entry;
  }

  /** Returns the message to send now and marks it as sent, or null while another is under way or has to wait. */
  take(): OutgoingMessage | null {
    const entry = this.#head();
    if (!entry || entry.state === "sending" || entry.notBefore > this.#clock.now()) return null;
    entry.state = "sending";
    entry.sends += 1;
    entry.sentAt = this.#clock.now();
    return entry;
  }

  /** Returns when to look again: the end of a wait or of the time for an acknowledgement. */
  nextLookAt(): number | null {
    const entry = this.#head();
    if (!entry) return null;
    return entry.state === "sending" ? entry.sentAt + ACK_TIMEOUT_MS : Math.max(entry.notBefore, this.#clock.now());
  }

  /** Puts a message whose acknowledgement never came back into the queue, or gives up after some sends. */
  expire(): void {
    const entry = this.#head();
    if (entry?.state !== "sending" || this.#clock.now() - entry.sentAt < ACK_TIMEOUT_MS) return;
    entry.state = entry.sends >= MAX_SENDS ? "failed" : "waiting";
    this.#save();
  }

  acknowledged(clientId: string): OutgoingMessage | null {
    const entry = this.#find(clientId);
    if (entry) this.#remove(entry);
    return entry;
  }

  refused(clientId: string, reason: string): void {
    const entry = this.#find(clientId);
    if (!entry) return;
    entry.state = "failed";
    entry.reason = reason;
    this.#save();
  }

  /** Holds a message back, after a rate limit or a failure of the network. */
  postpone(clientId: string, milliseconds: number): void {
    const entry = this.#find(clientId);
    if (!entry) return;
    entry.state = "waiting";
    entry.sends = Math.max(0, entry.sends - 1);
    entry.notBefore = this.#clock.now() + milliseconds;
  }

  /** Forgets what was under way on a connection that is gone: it will be sent again. */
  disconnected(): void {
    for (const entry of this.#entries) {
      if (entry.state !== "sending") continue;
      entry.state = "waiting";
      entry.sends = 0;
    }
  }

  retry(clientId: string): void {
    const entry = this.#find(clientId);
    if (!entry || entry.state !== "failed") return;
    // A refusal may have been about the identifier itself; silence was not, and there the old one prevents a double.
    if (entry.reason !== "") entry.clientId = this.#newId();
    Object.assign(entry, { state: "waiting", reason: "", sends: 0, notBefore: 0 } satisfies Partial<Entry>);
    this.#save();
  }

  discard(clientId: string): void {
    const entry = this.#find(clientId);
    if (entry) this.#remove(entry);
  }

  clear(): void {
    this.#entries = [];
    this.#save();
  }

  /** Reads what is stored: at the start, and when another tab has written. */
  reload(): void {
    const known = new Map(this.#entries.map((entry) => [entry.clientId, entry]));
    const stored = readJson(this.#storage, this.#key, isStoredList) ?? (this.#entries.length > 0 && this.#storage.getItem(this.#key) === null ? [] : null);
    if (!stored) return;
    this.#entries = stored.map((item) => {
      const own = known.get(item.clientId);
      if (own) return own;
      const isStale = this.#clock.now() - item.createdAt > MAX_AGE_MS;
      return { ...item, state: item.state === "failed" || isStale ? "failed" : "waiting", sends: 0, sentAt: 0, notBefore: 0 };
    });
  }

  #head(): Entry | undefined {
    return this.#entries.find((entry) => entry.state !== "failed");
  }

  #find(clientId: string): Entry | null {
    return this.#entries.find((entry) => entry.clientId === clientId) ?? null;
  }

  #remove(entry: Entry): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#save();
  }

  #save(): void {
    const stored = this.#entries.map(({ clientId, content, createdAt, state, reason }) => ({ clientId, content, createdAt, state, reason }));
    if (stored.length === 0) this.#storage.removeItem(this.#key);
    else writeJson(this.#storage, this.#key, stored);
  }
}

function isStoredList(value: unknown): value is OutgoingMessage[] {
  return Array.isArray(value) && value.every((item: unknown) => isStored(item));
}

function isStored(item: unknown): item is OutgoingMessage {
  if (typeof item !== "object" || item === null) return false;
  const { clientId, content, createdAt } = item as Partial<OutgoingMessage>;
  return typeof clientId === "string" && typeof createdAt === "number" && typeof content === "object" && content !== null;
}

/** Makes an identifier no one else makes; `crypto.randomUUID` is missing on pages without TLS. */
export function newClientId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
