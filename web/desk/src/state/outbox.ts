import type { Clock } from "../../../shared/client/clock";
import type { Message } from "../../../shared/protocol";
import { type KeyValueStorage, readJson, writeJson } from "../../../shared/storage";

/** A message that the agent has sent and that has not come back in the transcript yet. */
export interface Outgoing {
  clientId: string;
  conversation: string;
  text: string;
  at: number;
  phase: "sending" | "sent" | "failed";
  /** Why it failed, for the agent; empty otherwise. */
  reason: string;
  /** The server's id once it has the message. */
  messageId: string | null;
  /** The last message that the agent had seen; null: to be sent whatever a colleague has said since. */
  seen?: number | null;
  /** A colleague's reply came first: sending again is sending it anyway. */
  isCrossed?: boolean;
}

export interface OutboxOptions {
  clock: Clock;
  storage: KeyValueStorage;
  newId: () => string;
  /** Delivers one message; the same client id again must give the same answer. */
  deliver: (outgoing: Outgoing) => Promise<{ id: string }>;
  /** True when sending the same message again may work. */
  isTransient: (error: unknown) => boolean;
  explain: (error: unknown) => string;
  /** True when a colleague has replied since the agent looked. */
  isCrossed?: (error: unknown) => boolean;
  onChange: (items: readonly Outgoing[]) => void;
  onDelivered: (conversation: string) => void;
}

const KEY = "xiaobao.desk.outbox";
const RETRY_MILLISECONDS = [1000, 3000];

/** Sends messages in order, one at a time in a conversation; retries by itself, then keeps what failed for the agent. */
export class Outbox {
  #items: Outgoing[] = [];
  readonly #working = new Set<string>();
  readonly #options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.#options = options;
    // After a reload nobody knows whether these arrived; the agent decides, and the client id prevents a double.
    this.#items = (readJson(options.storage, KEY, isOutgoingList) ?? [])
      .filter((item) => item.phase !== "sent")
      .map((item) => ({ ...item, phase: "failed" }));
  }

  get items(): readonly Outgoing[] {
    return this.#items;
  }

  send(conversation: string, text: string, seen: number | null = null): void {
    const { newId, clock } = this.#options;
    this.#items = [...this.#items, { clientId: newId(), conversation, text, at: clock.now(), phase: "sending", reason: "", messageId: null, seen }];
    this.#changed();
    void this.#work(conversation);
  }

  retry(clientId: string): void {
    const item = this.#items.find((candidate) => candidate.clientId === clientId);
    if (item?.phase !== "failed") return;
    this.#update(clientId, { phase: "sending", reason: "", ...(item.isCrossed === true ? { seen: null, isCrossed: false } : {}) });
    void this.#work(item.conversation);
  }

  discard(clientId: string): void {
    this.#remove((item) => item.clientId === clientId && item.phase === "failed");
  }

  /** These messages are in the transcript, so their provisional copies go. */
  confirm(messages: readonly Pick<Message, "id" | "client_id">[]): void {
    const arrived = new Set(messages.flatMap((message) => [message.id, message.client_id]));
    this.#remove((item) => arrived.has(item.clientId) || (item.messageId !== null && arrived.has(item.messageId)));
  }

  clear(): void {
    this.#remove(() => true);
  }

  async #work(conversation: string): Promise<void> {
    if (this.#working.has(conversation)) return;
    this.#working.add(conversation);
    try {
      for (let next = this.#nextOf(conversation); next !== undefined; next = this.#nextOf(conversation)) await this.#deliver(next);
    } finally {
      this.#working.delete(conversation);
    }
  }

  #nextOf(conversation: string): Outgoing | undefined {
    return this.#items.find((item) => item.conversation === conversation && item.phase === "sending");
  }

  async #deliver(item: Outgoing): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const { id } = await this.#options.deliver(item);
        this.#update(item.clientId, { phase: "sent", messageId: id });
        this.#options.onDelivered(item.conversation);
        return;
      } catch (error) {
        const pause = RETRY_MILLISECONDS[attempt];
        if (pause === undefined || !this.#options.isTransient(error)) {
          if (this.#options.isCrossed?.(error) === true) this.#update(item.clientId, { isCrossed: true });
          this.#fail(item, this.#options.explain(error));
          return;
        }
        await new Promise<void>((resolve) => this.#options.clock.setTimeout(resolve, pause));
      }
    }
  }

  /** Later messages fail with the first: a reply that overtakes the one before it reads as nonsense. */
  #fail(first: Outgoing, reason: string): void {
    this.#items = this.#items.map((item) =>
      item.conversation === first.conversation && item.phase === "sending" ? { ...item, phase: "failed", reason } : item,
    );
    this.#changed();
  }

  #update(clientId: string, change: Partial<Outgoing>): void {
    this.#items = this.#items.map((item) => (item.clientId === clientId ? { ...item, ...change } : item));
    this.#changed();
  }

  #remove(isGone: (item: Outgoing) => boolean): void {
    const kept = this.#items.filter((item) => !isGone(item));
    if (kept.length === this.#items.length) return;
    this.#items = kept;
    this.#changed();
  }

  #changed(): void {
    writeJson(this.#options.storage, KEY, this.#items);
    this.#options.onChange(this.#items);
  }
}

function isOutgoingList(value: unknown): value is Outgoing[] {
  const isOutgoing = (item: unknown): boolean => typeof item === "object" && item !== null && "clientId" in item && "conversation" in item && "text" in item;
  return Array.isArray(value) && value.every(isOutgoing);
}
