import type { ConversationState, Message, Owner, Queue } from "../protocol";
import type { Clock } from "./clock";
import type { Link } from "./link";
import { Timeline } from "./timeline";

const SYNC_TIMEOUT_MS = 10_000;

/** Where the customer is: the current conversation, who answers, and all messages, with what is missing asked for. */
export class ConversationFeed {
  readonly #options: {
    clock: Clock;
    link: () => Link | null;
    /** The conversations of the session, oldest first. */
    known: () => readonly string[];
    remember: (conversation: string) => void;
    /** Called for every message that is new. */
    arrived: (message: Message) => void;
  };
  readonly #timeline = new Timeline();
  readonly #syncs = new Map<string, number>();
  readonly #complete = new Set<string>();
  #isHistoryLoaded = false;
  #conversation: string | null = null;
  #owner: Owner = "bot";
  #queue: Queue | null = null;
  #agent: { name: string } | null = null;

  constructor(options: {
    clock: Clock;
    link: () => Link | null;
    known: () => readonly string[];
    remember: (conversation: string) => void;
    arrived: (message: Message) => void;
  }) {
    this.#options = options;
  }

  get place(): { conversation: string | null; owner: Owner; queue: Queue | null; agent: { name: string } | null; isHistoryLoaded: boolean } {
    return { conversation: this.#conversation, owner: this.#owner, queue: this.#queue, agent: this.#agent, isHistoryLoaded: this.#isHistoryLoaded };
  }

  get cursor(): number {
    return this.#conversation === null ? 0 : this.#timeline.cursor(this.#conversation);
  }

  messages(): Message[] {
    return this.#timeline.messages();
  }

  hasClientId(clientId: string): boolean {
    return this.#timeline.hasClientId(clientId);
  }

  /** Begins with the conversations of a session. */
  begin(conversations: readonly string[]): void {
    this.#complete.clear();
    for (const conversation of conversations) this.#timeline.open(conversation);
    this.#conversation = conversations[conversations.length - 1] ?? null;
  }

  /** The connection is there; `seqHead` is null where the messages have come with it. */
  ready(state: ConversationState, seqHead: number | null): void {
    this.#enter(state);
    for (const conversation of this.#options.known()) {
      if (conversation !== state.conv && !this.#complete.has(conversation)) this.#sync(conversation);
    }
    if (seqHead !== null && seqHead > this.#timeline.cursor(state.conv)) this.#sync(state.conv);
    else this.#isHistoryLoaded = true;
  }

  changed(state: ConversationState): void {
    // A late word about an earlier conversation says nothing about the current one.
    const isEarlier = state.conv !== this.#conversation && this.#options.known().includes(state.conv);
    if (!isEarlier) this.#enter(state);
  }

  /** Takes over what an answer to the customer's own request says about the current conversation. */
  setOwner(owner: Owner, queue: Queue | null): void {
    this.#owner = owner;
    this.#queue = queue;
  }

  /** Goes over to a conversation never heard of before: the server opened it for a message after the end of the last one. */
  follow(conversation: string): void {
    if (!this.#options.known().includes(conversation)) this.#enter({ conv: conversation, owner: "bot", queue: null, agent: null });
  }

  receive(message: Message): void {
    if (this.#timeline.merge(message).hasGap) this.#sync(message.conversation);
    this.#options.arrived(message);
  }

  /** Shows the customer's own message as it was typed until the server's copy comes, in which secrets may be masked. */
  expect(message: Message): void {
    this.#timeline.expect(message);
    this.#options.arrived(message);
  }

  fill(conversation: string, items: Message[], complete: boolean): void {
    this.#syncs.delete(conversation);
    for (const message of this.#timeline.fill(conversation, items, complete)) this.#options.arrived(message);
    if (complete) {
      this.#complete.add(conversation);
      if (conversation === this.#conversation) this.#isHistoryLoaded = true;
    } else if (items.length > 0) {
      this.#sync(conversation);
    }
  }

  /** Forgets questions that will not be answered any more. */
  abandonSyncs(): void {
    this.#syncs.clear();
  }

  /** The session is gone: what is shown stays, but belongs to no conversation that goes on. */
  leave(): void {
    this.#conversation = null;
    this.#owner = "bot";
    this.#queue = null;
    this.#agent = null;
  }

  clear(): void {
    this.leave();
    this.#timeline.clear();
  }

  #enter(state: ConversationState): void {
    this.#timeline.open(state.conv);
    this.#options.remember(state.conv);
    this.#conversation = state.conv;
    this.#owner = state.owner;
    this.#queue = state.queue;
    this.#agent = state.agent;
  }

  #sync(conversation: string): void {
    const now = this.#options.clock.now();
    const asked = this.#syncs.get(conversation);
    if (asked !== undefined && now - asked < SYNC_TIMEOUT_MS) return;
    this.#syncs.set(conversation, now);
    this.#options.link()?.sync(conversation, this.#timeline.cursor(conversation));
  }
}
