import { shallowReactive } from "vue";
import type { Clock } from "../../../shared/client/clock";
import { Timeline } from "../../../shared/client/timeline";
import { TypingIndicator } from "../../../shared/client/typing";
import type { ConversationDetail, DeskClientFrame, DeskServerFrame, Message, Note, Viewer } from "../../../shared/protocol";
import type { DeskApi } from "../api/desk_api";
import { DeskError, explain } from "../api/http";

export interface OpenConversationState {
  id: string | null;
  phase: "none" | "loading" | "ready" | "error";
  problem: string;
  detail: ConversationDetail | null;
  messages: readonly Message[];
  customerIsTyping: boolean;
  /** The last seq that the customer has seen; 0 while unknown. */
  readByCustomer: number;
  /** The last seq that has reached one of the customer's clients; 0 while unknown. */
  deliveredToCustomer: number;
  notes: readonly Note[];
  /** Who has it open at the desk, this agent included. */
  viewers: readonly Viewer[];
}

export interface OpenConversationOptions {
  api: DeskApi;
  clock: Clock;
  send: (frame: DeskClientFrame) => boolean;
  /** True when the agent can really see the messages: the page is visible and the conversation is theirs. */
  isLookedAt: (detail: ConversationDetail) => boolean;
  onArrived: (messages: readonly Message[]) => void;
  onRead: (conversation: string) => void;
  /** Reads the notes where no socket tells them. */
  notes?: (conversation: string) => Promise<{ notes: Note[] }>;
}

/** The server answers at most this many messages at a time. */
const PAGE = 200;

/** The conversation in the middle column: its messages, its detail, and what the customer is doing. */
export class OpenConversation {
  readonly state: OpenConversationState = shallowReactive({
    id: null, phase: "none", problem: "", detail: null, messages: [], customerIsTyping: false, readByCustomer: 0, deliveredToCustomer: 0, notes: [], viewers: [],
  });
  readonly #timeline = new Timeline();
  readonly #readMarks = new Map<string, number>();
  readonly #typing: TypingIndicator;
  readonly #options: OpenConversationOptions;
  #reported = 0;

  constructor(options: OpenConversationOptions) {
    this.#options = options;
    this.#typing = new TypingIndicator(options.clock, () => (this.state.customerIsTyping = this.#typing.on));
  }

  /** Shows a conversation; null shows none. */
  async open(id: string | null): Promise<void> {
    const before = this.state.id;
    if (before === id && this.state.phase !== "error") return;
    if (before !== null && before !== id) this.#options.send({ t: "leave", conv: before });
    this.#typing.set(false);
    this.#reported = 0;
    const messages = id === null ? [] : this.#timeline.of(id);
    Object.assign(this.state, {
      id, phase: id === null ? "none" : "loading", problem: "", detail: null, messages: [...messages], readByCustomer: this.#readMarks.get(id ?? "") ?? 0,
      deliveredToCustomer: 0, notes: [], viewers: [],
    });
    if (id === null) return;
    this.subscribe();
    await this.refresh();
  }

  /** Asks the socket for everything after what is here, and for what comes. */
  subscribe(): void {
    const { id } = this.state;
    if (id !== null) this.#options.send({ t: "open", conv: id, after: this.#timeline.cursor(id) });
  }

  /** Reads detail and messages over HTTP: the truth, whatever the socket does. */
  async refresh(): Promise<void> {
    const { id } = this.state;
    if (id === null) return;
    try {
      const [{ conversation }] = await Promise.all([this.#options.api.conversation(id), this.#catchUp(id)]);
      if (this.state.id !== id) return;
      this.applyDetail(conversation);
      await this.#readNotes(id);
    } catch (error) {
      if (this.state.id !== id) return;
      // Somebody else's by now: what was seen of it while it waited goes from the screen, too.
      const isGone = error instanceof DeskError && (error.status === 403 || error.status === 404);
      if (this.state.detail !== null && !isGone) return;
      Object.assign(this.state, { phase: "error", problem: explain(error), detail: null, messages: [], notes: [], viewers: [] });
    }
  }

  applyDetail(detail: ConversationDetail): void {
    if (detail.id !== this.state.id) return;
    Object.assign(this.state, { detail, phase: "ready", problem: "" });
    this.reportRead();
  }

  /** Takes a frame of the socket; false when it belongs to something else. */
  receive(frame: DeskServerFrame): boolean {
    switch (frame.t) {
      case "msg": {
        const { t: _, ...message } = frame;
        const { isNew, hasGap } = this.#timeline.merge(message);
        if (hasGap && message.conversation === this.state.id) this.subscribe();
        if (message.sender === "customer" && message.conversation === this.state.id) this.#typing.set(false);
        this.#show(message.conversation, isNew ? [message] : []);
        return true;
      }
      case "batch":
        this.#show(frame.conv, this.#timeline.fill(frame.conv, frame.items, !frame.more));
        if (frame.more && frame.conv === this.state.id) this.subscribe();
        return true;
      case "conversation":
        this.applyDetail(frame.conversation);
        return true;
      case "read":
        this.#markRead(frame.conv, frame.seq);
        return true;
      case "delivered":
        if (frame.conv === this.state.id) this.#markDelivered(frame.seq);
        return true;
      case "notes":
        if (frame.conv === this.state.id) this.state.notes = frame.notes;
        return true;
      case "viewers":
        if (frame.conv === this.state.id) this.state.viewers = frame.viewers;
        return true;
      case "typing":
        if (frame.conv === this.state.id) this.#typing.set(frame.on);
        return true;
      default:
        return false;
    }
  }

  /** Tells the server how far the agent has read, if somebody is looking. */
  reportRead(): void {
    const { id, detail, messages } = this.state;
    const last = messages.at(-1)?.seq ?? 0;
    if (id === null || detail === null || last <= this.#reported || !this.#options.isLookedAt(detail)) return;
    if (this.#options.send({ t: "read", conv: id, seq: last })) {
      this.#reported = last;
      this.#options.onRead(id);
    }
  }

  clear(): void {
    void this.open(null);
    this.#timeline.clear();
    this.#readMarks.clear();
  }

  async #catchUp(id: string): Promise<void> {
    for (;;) {
      const { messages, read_seq: read = 0, delivered_seq: delivered = 0 } = await this.#options.api.messages(id, this.#timeline.cursor(id));
      if (this.state.id === id) this.#markDelivered(delivered);
      if (read > 0) this.#markRead(id, read);
      const isComplete = messages.length < PAGE;
      this.#show(id, this.#timeline.fill(id, messages, isComplete));
      if (isComplete) return;
    }
  }

  async #readNotes(id: string): Promise<void> {
    const { notes } = (await this.#options.notes?.(id).catch(() => null)) ?? { notes: null };
    if (notes !== null && this.state.id === id) this.state.notes = notes;
  }

  #markRead(id: string, seq: number): void {
    const read = Math.max(seq, this.#readMarks.get(id) ?? 0);
    this.#readMarks.set(id, read);
    if (id === this.state.id) this.state.readByCustomer = read;
  }

  #markDelivered(seq: number): void {
    this.state.deliveredToCustomer = Math.max(seq, this.state.deliveredToCustomer);
  }

  #show(conversation: string, fresh: readonly Message[]): void {
    if (conversation === this.state.id) {
      this.state.messages = [...this.#timeline.of(conversation)];
      this.reportRead();
    }
    if (fresh.length > 0) this.#options.onArrived(fresh);
  }
}
