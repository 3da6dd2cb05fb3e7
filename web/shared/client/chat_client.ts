import type { Bank, Message, Owner, Queue } from "../protocol";
import type { KeyValueStorage } from "../storage";
import { ApiError, CustomerApi, type Content } from "./api";
import { Backoff } from "./backoff";
import { Banks } from "./banks";
import { Checklists, type Checklist, type Tick } from "./checklists";
import type { Clock, Timer } from "./clock";
import { Connection, type ConnectionStatus } from "./connection";
import { ConversationFeed } from "./conversation_feed";
import { CustomerFiles } from "./customer_files";
import { Delivery } from "./delivery";
import { expectedOf } from "./expected_message";
import type { Acknowledgement, Refusal } from "./link";
import { Outbox, type OutgoingMessage } from "./outbox";
import { Ratings, type Rating, type RatingSubject, type RatingWord } from "./ratings";
import { Receipts } from "./receipts";
import { SessionKeeper } from "./session_keeper";
import { SessionStore, type StoredSession } from "./session_store";
import type { OpenSocket } from "./socket_link";
import { TypingIndicator, TypingSender } from "./typing";
import type { SendFile } from "./upload_transport";
import type { Upload } from "./uploads";

export type ChatStatus = ConnectionStatus | "idle" | "opening" | "failed";
/** Something to tell the customer beside the messages; `until` is the end of a wait. */
export interface Notice {
  code: string;
  message: string;
  until: number | null;
}
/** Everything a view shows. */
export interface ChatView {
  status: ChatStatus;
  isHistoryLoaded: boolean;
  conversation: string | null;
  owner: Owner;
  queue: Queue | null;
  agent: { name: string } | null;
  messages: readonly Message[];
  outgoing: readonly OutgoingMessage[];
  /** Files on their way; the messages that carry them follow. */
  uploads: readonly Upload[];
  isOtherTyping: boolean;
  unread: number;
  notice: Notice | null;
}
export interface ChatClientOptions {
  server: string;
  tokenUrl: string | null;
  storage: KeyValueStorage;
  clock: Clock;
  random: () => number;
  newId: () => string;
  fetch: typeof fetch;
  openSocket: OpenSocket;
  /** How files are sent; the browser's way unless told otherwise. */
  sendFile?: SendFile;
}

/** The customer's side of the chat, without any view: session, connection, messages and what is on its way. */
export class ChatClient {
  readonly files: CustomerFiles;
  readonly #clock: Clock;
  readonly #api: CustomerApi;
  readonly #sessions: SessionKeeper;
  readonly #feed: ConversationFeed;
  readonly #outbox: Outbox;
  readonly #receipts: Receipts;
  readonly #ratings: Ratings;
  readonly #checklists: Checklists;
  readonly #banks: Banks;
  readonly #connection: Connection;
  readonly #delivery: Delivery;
  readonly #typingSender: TypingSender;
  readonly #typingIndicator: TypingIndicator;
  readonly #openingBackoff: Backoff;
  readonly #listeners = new Set<(view: ChatView) => void>();
  #opening: "no" | "opening" | "failed" = "no";
  #openTimer: Timer | null = null;
  #noticeTimer: Timer | null = null;
  #isNotifying = false;
  #isStopped = false;
  #notice: Notice | null = null;

  constructor(options: ChatClientOptions) {
    const { server, storage, clock } = options;
    const changed = (): void => this.#notify();
    this.#clock = clock;
    this.#api = new CustomerApi(server, options.fetch);
    const store = new SessionStore(storage, server, () => clock.now());
    this.#sessions = new SessionKeeper({ api: this.#api, store, tokenUrl: options.tokenUrl, fetch: options.fetch });
    this.#outbox = new Outbox({ storage, key: `xiaobao:outbox:${server}`, clock, newId: options.newId });
    this.#receipts = new Receipts(storage, `xiaobao:read:${server}`);
    this.#ratings = new Ratings(storage, `xiaobao:ratings:${server}`, changed);
    this.#checklists = new Checklists({
      api: this.#api,
      token: () => this.#sessions.current?.token ?? null,
      changed,
      refused: (error) => {
        if (error.status === 401) this.#onUnauthorized();
      },
    });
    this.#banks = new Banks(this.#api, changed);
    this.#openingBackoff = new Backoff(options.random);
    this.#typingIndicator = new TypingIndicator(clock, changed);
    this.#feed = new ConversationFeed({
      clock,
      link: () => this.#connection.link,
      known: () => this.#sessions.current?.conversations ?? [],
      remember: (conversation) => this.#sessions.remember(conversation),
      arrived: (message) => this.#settle(message),
    });
    this.#connection = new Connection({
      socketUrl: `${server.replace(/^http/, "ws")}/api/v1/socket`,
      openSocket: options.openSocket,
      api: this.#api,
      clock,
      random: options.random,
      credentials: () => ({
        token: this.#sessions.current?.token ?? "",
        conversation: this.#feed.place.conversation,
        lastSeq: this.#feed.cursor,
      }),
      events: {
        status: changed,
        ready: (state, seqHead) => {
          this.#openingBackoff.reset();
          this.#feed.ready(state, seqHead);
          this.#delivery.pump();
          this.#readChecklists();
        },
        state: (state) => {
          this.#feed.changed(state);
          changed();
        },
        message: (message) => {
          this.#feed.receive(message);
          changed();
        },
        batch: (conversation, items, complete) => {
          this.#feed.fill(conversation, items, complete);
          changed();
        },
        acknowledged: (ack) => this.#onAcknowledged(ack),
        refused: (refusal) => this.#onRefused(refusal),
        read: (conversation, seq) => {
          this.#receipts.agentRead(conversation, seq);
          changed();
        },
        typing: (on) => this.#typingIndicator.set(on),
        disconnected: () => {
          this.#feed.abandonSyncs();
          this.#typingIndicator.set(false);
          this.#delivery.disconnected();
        },
        unauthorized: () => this.#onUnauthorized(),
      },
    });
    this.#delivery = new Delivery({ outbox: this.#outbox, clock, link: () => this.#connection.link, changed });
    this.files = new CustomerFiles({
      clock,
      newId: options.newId,
      sendFile: options.sendFile,
      withToken: (run) => this.withToken(run),
      sent: (file, text) => this.send({ file, text }),
      unauthorized: () => this.#onUnauthorized(),
      changed,
    });
    this.#typingSender = new TypingSender(clock, (on) => this.#connection.link?.typing(on));
  }

  get api(): CustomerApi {
    return this.#api;
  }

  get view(): ChatView {
    const isOnline = this.#connection.status !== "stopped";
    const messages = this.#feed.messages();
    return {
      ...this.#feed.place,
      status: isOnline ? this.#connection.status : this.#opening === "no" ? "idle" : this.#opening,
      messages,
      outgoing: this.#outbox.list(),
      uploads: this.files.uploads,
      isOtherTyping: this.#typingIndicator.on,
      unread: this.#receipts.unread(messages),
      notice: this.#notice,
    };
  }

  subscribe(listener: (view: ChatView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  agentReadUpTo(conversation: string): number {
    return this.#receipts.agentReadUpTo(conversation);
  }

  rating(key: string): Rating | null {
    return this.#ratings.of(key);
  }

  checklist(conversation: string): Checklist {
    return this.#checklists.of(conversation);
  }

  banks(): readonly Bank[] {
    return this.#banks.list;
  }

  tick(tick: Tick): void {
    void this.#checklists.tick(tick);
  }

  /** Takes up a stored session; opens none. */
  async resume(): Promise<void> {
    const session = await this.#sessions.restore();
    if (session === "foreign") this.#forgetPerson();
    else if (session && !this.#isStopped) this.#connect(session);
  }

  /** Makes sure that there is a session and a connection; keeps trying by itself. */
  async open(): Promise<void> {
    if (this.#isStopped || this.#opening === "opening") return;
    this.#clock.clearTimeout(this.#openTimer);
    if (this.#sessions.current) return this.#connection.status === "stopped" ? this.#connect(this.#sessions.current) : undefined;
    this.#opening = "opening";
    this.#notify();
    try {
      const session = await this.#sessions.ensure();
      this.#opening = "no";
      if (!this.#isStopped) this.#connect(session);
    } catch (error) {
      this.#opening = "failed";
      const wait = Math.max(this.#openingBackoff.next(), (error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0) * 1000);
      if (!this.#isStopped) this.#openTimer = this.#clock.setTimeout(() => void this.open(), wait);
      this.#notify();
    }
  }

  send(content: Content): void {
    this.#typingSender.stop();
    this.#outbox.add(content);
    this.#delivery.pump();
    void this.open();
  }

  /** Sends files, each with a message of its own; the words go with the first. */
  sendFiles(files: readonly File[], text: string): void {
    this.#typingSender.stop();
    this.files.send(files, text);
    void this.open();
  }

  retry(clientId: string): void {
    this.#outbox.retry(clientId);
    this.#delivery.pump();
    this.wake();
  }

  discard(clientId: string): void {
    this.#outbox.discard(clientId);
    this.#delivery.pump();
  }

  typing(): void {
    if (this.#connection.link) this.#typingSender.input();
  }

  async requestHandoff(): Promise<void> {
    await this.#act(async (token) => {
      const { owner, queue } = await this.#api.requestHandoff(token);
      this.#feed.setOwner(owner, queue);
    });
  }

  async cancelHandoff(): Promise<void> {
    await this.#act(async (token) => {
      this.#feed.setOwner((await this.#api.cancelHandoff(token)).owner, null);
    });
  }

  /** Calls something with the session's token; refusals are the caller's to show. */
  async withToken<T>(run: (api: CustomerApi, token: string) => Promise<T>): Promise<T> {
    return run(this.#api, (await this.#sessions.ensure()).token);
  }

  async rate(subject: RatingSubject, word: RatingWord): Promise<void> {
    const session = this.#sessions.current;
    if (session) await this.#ratings.send(this.#api, session.token, subject, word);
  }

  /** The customer has seen everything there is. */
  markRead(): void {
    const moved = this.#receipts.readAll(this.#feed.messages());
    for (const { conversation, seq } of moved) this.#connection.link?.read(conversation, seq);
    if (moved.length > 0) this.#notify();
  }

  dismissNotice(): void {
    this.#clock.clearTimeout(this.#noticeTimer);
    this.#notice = null;
    this.#notify();
  }

  /** The network or the page came back. */
  wake(): void {
    if (this.#opening === "failed") void this.open();
    this.#connection.wake();
    this.files.wake();
    this.#readChecklists();
  }

  /** Another tab wrote to the storage. */
  stored(key: string | null): void {
    if (key === this.#outbox.key) this.#outbox.reload();
    if (key === this.#receipts.key) this.#receipts.reload();
    if (key === this.#sessions.storageKey && this.#sessions.adopt()) {
      this.#connection.stop();
      const session = this.#sessions.current;
      if (session) this.#connect(session);
    }
    this.#notify();
  }

  stop(): void {
    this.#isStopped = true;
    this.#clock.clearTimeout(this.#openTimer);
    this.#clock.clearTimeout(this.#noticeTimer);
    this.#typingSender.stop();
    this.#connection.stop();
    this.#delivery.stop();
    this.files.stop();
    this.#listeners.clear();
  }

  async #act(run: (token: string) => Promise<void>): Promise<void> {
    try {
      const session = await this.#sessions.ensure();
      this.#connect(session);
      await run(session.token);
    } catch (error) {
      const refusal = error instanceof ApiError ? error : new ApiError("network");
      if (refusal.status === 401) this.#onUnauthorized();
      this.#tell(refusal.code, refusal.message, (refusal.retryAfterSeconds ?? 0) * 1000);
    }
    this.#notify();
  }

  #connect(session: StoredSession): void {
    if (this.#connection.status !== "stopped") return;
    this.#feed.begin(session.conversations);
    this.#connection.start();
  }

  #onUnauthorized(): void {
    this.#connection.stop();
    this.#sessions.forget();
    this.#feed.leave();
    // Through the waiting path, so that a server that refuses every session is not asked without end.
    this.#opening = "failed";
    this.#openTimer = this.#clock.setTimeout(() => void this.open(), this.#openingBackoff.next());
    this.#notify();
  }

  #forgetPerson(): void {
    this.#feed.clear();
    this.#outbox.clear();
    this.files.clear();
    this.#receipts.clear();
    this.#ratings.clear();
    this.#checklists.clear();
    this.#notify();
  }

  /** Draws the conclusions from a message that has arrived. */
  #settle(message: Message): void {
    const wasOnItsWay = message.client_id !== null && this.#outbox.acknowledged(message.client_id) !== null;
    // The bot answers within moments; until then the customer sees that something is happening.
    if (wasOnItsWay && this.#feed.place.owner === "bot") this.#typingIndicator.set(true);
    if (wasOnItsWay) this.#delivery.pump();
    if (message.sender !== "customer") this.#typingIndicator.set(false);
    // What the customer told may have moved the start of the clock; whatever answers it comes after that.
    if (message.sender !== "customer" && this.#hasSteps(message.conversation)) this.#readChecklist(message.conversation);
  }

  #hasSteps(conversation: string): boolean {
    return this.#feed.messages().some((message) => message.conversation === conversation && message.kind === "stop_loss");
  }

  #readChecklist(conversation: string): void {
    void this.#checklists.load(conversation);
    void this.#banks.load();
  }

  /** The connection or the page is back: another device may have ticked meanwhile. */
  #readChecklists(): void {
    const cards = this.#feed.messages().filter((message) => message.kind === "stop_loss");
    for (const conversation of new Set(cards.map((message) => message.conversation))) this.#readChecklist(conversation);
  }

  #onAcknowledged(ack: Acknowledgement): void {
    const sent = this.#outbox.list().find((message) => message.clientId === ack.clientId);
    this.#feed.follow(ack.conversation);
    if (sent && !this.#feed.hasClientId(ack.clientId)) {
      const { content } = sent;
      this.#feed.expect({
        id: ack.id,
        conversation: ack.conversation,
        seq: ack.seq,
        sender: "customer",
        ...expectedOf(content),
        at: new Date(this.#clock.now()).toISOString(),
        client_id: ack.clientId,
      });
    }
    this.#outbox.acknowledged(ack.clientId);
    this.#delivery.pump();
  }

  #onRefused(refusal: Refusal): void {
    if (refusal.clientId === null) {
      // It answers something the customer did not do by hand: a sync, a read mark, typing.
      this.#feed.abandonSyncs();
      return;
    }
    const held = this.#delivery.refused(refusal.clientId, refusal);
    if (held > 0) this.#tell(refusal.code, refusal.message, held);
  }

  #tell(code: string, message: string, milliseconds: number): void {
    this.#clock.clearTimeout(this.#noticeTimer);
    this.#notice = { code, message, until: milliseconds > 0 ? this.#clock.now() + milliseconds : null };
    this.#noticeTimer = milliseconds > 0 ? this.#clock.setTimeout(() => this.dismissNotice(), milliseconds) : null;
    this.#notify();
  }

  /** Tells the views once for everything that happens in one go. */
  #notify(): void {
    if (this.#isNotifying) return;
    this.#isNotifying = true;
    queueMicrotask(() => {
      this.#isNotifying = false;
      const view = this.view;
      for (const listener of this.#listeners) listener(view);
    });
  }
}
