import type { Message } from "../protocol";
import { readJson, writeJson, type KeyValueStorage } from "../storage";

// Old conversations need no receipts; this many keeps the stored value small.
const KEPT_CONVERSATIONS = 20;

/** Up to where this customer has read, shared by the tabs, and up to where the agent has. */
export class Receipts {
  readonly #storage: KeyValueStorage;
  readonly #key: string;
  readonly #agent = new Map<string, number>();
  #own: Record<string, number>;

  constructor(storage: KeyValueStorage, key: string) {
    this.#storage = storage;
    this.#key = key;
    this.#own = readJson(storage, key, isRecord) ?? {};
  }

  get key(): string {
    return this.#key;
  }

  /** Counts what others wrote since the customer last looked. */
  unread(messages: readonly Message[]): number {
    return messages.filter((message) => message.sender !== "customer" && message.seq > (this.#own[message.conversation] ?? 0)).length;
  }

  /** Marks everything in the list as read; returns what moved, to be reported to the server. */
  readAll(messages: readonly Message[]): { conversation: string; seq: number }[] {
    const newest = new Map<string, number>();
    for (const message of messages) newest.set(message.conversation, Math.max(message.seq, newest.get(message.conversation) ?? 0));
    const moved = [...newest].filter(([conversation, seq]) => seq > (this.#own[conversation] ?? 0));
    if (moved.length > 0) {
      this.#own = Object.fromEntries([...Object.entries(this.#own).filter(([id]) => !newest.has(id)), ...newest].slice(-KEPT_CONVERSATIONS));
      writeJson(this.#storage, this.#key, this.#own);
    }
    return moved.map(([conversation, seq]) => ({ conversation, seq }));
  }

  agentRead(conversation: string, seq: number): void {
    this.#agent.set(conversation, Math.max(seq, this.agentReadUpTo(conversation)));
  }

  agentReadUpTo(conversation: string): number {
    return this.#agent.get(conversation) ?? 0;
  }

  /** Takes over what another tab has stored. */
  reload(): void {
    this.#own = readJson(this.#storage, this.#key, isRecord) ?? {};
  }

  clear(): void {
    this.#own = {};
    this.#agent.clear();
    this.#storage.removeItem(this.#key);
  }
}

function isRecord(value: unknown): value is Record<string, number> {
  return typeof value === "object" && value !== null && Object.values(value).every((item) => typeof item === "number");
}
