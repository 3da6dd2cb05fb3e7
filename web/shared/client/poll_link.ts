import { ApiError, type CustomerApi } from "./api";
import type { Down, Link, LinkEvents } from "./link";
import type { OutgoingMessage } from "./outbox";

const WAIT_SECONDS = 25;
// The server sends at most this many; a full answer means that there are more.
const FULL_ANSWER = 200;

/** The way over plain HTTP where sockets do not get through: the same messages by long poll, without typing and read marks. */
export class PollLink implements Link {
  readonly #api: CustomerApi;
  readonly #token: string;
  readonly #cursor: () => { conversation: string | null; after: number };
  readonly #events: LinkEvents;
  #abort = new AbortController();
  #hasEnded = false;
  #isReady = false;
  readonly #wanted = new Map<string, number>();

  constructor(options: { api: CustomerApi; token: string; cursor: () => { conversation: string | null; after: number }; events: LinkEvents }) {
    this.#api = options.api;
    this.#token = options.token;
    this.#cursor = options.cursor;
    this.#events = options.events;
    void this.#run();
  }

  send(message: OutgoingMessage): void {
    void this.#deliver(message);
  }

  sync(conversation: string, after: number): void {
    this.#wanted.set(conversation, after);
    this.#interrupt();
  }

  read(): void {
    // HTTP has no read marks; the socket reports them when it is back.
  }

  typing(): void {
    // HTTP has no typing.
  }

  check(): void {
    this.#interrupt();
  }

  close(): void {
    this.#hasEnded = true;
    this.#abort.abort();
  }

  #interrupt(): void {
    const waiting = this.#abort;
    this.#abort = new AbortController();
    waiting.abort();
  }

  async #run(): Promise<void> {
    // Not in the constructor's own turn: the owner does not hold the link yet.
    await Promise.resolve();
    while (!this.#hasEnded) {
      const signal = this.#abort.signal;
      try {
        await this.#ask(signal);
      } catch (error) {
        if (this.#hasEnded) return;
        if (signal.aborted) continue;
        return this.#end(error);
      }
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const [missing] = this.#wanted;
    const wanted = missing ? { conversation: missing[0], after: missing[1] } : this.#cursor();
    const wait = this.#isReady && !missing ? WAIT_SECONDS : 0;
    const answer = await this.#api.listMessages(this.#token, { ...wanted, wait }, signal).catch((error: unknown) => {
      // A conversation that is no longer to be had must not keep the current one from being read.
      if (missing && error instanceof ApiError && error.status === 404) this.#wanted.delete(missing[0]);
      throw error;
    });
    if (this.#hasEnded) return;
    if (missing && this.#wanted.get(missing[0]) === missing[1]) this.#wanted.delete(missing[0]);
    const state = { conv: answer.conversation, owner: answer.owner, queue: answer.queue, agent: answer.agent };
    const complete = answer.messages.length < FULL_ANSWER;
    const conversations = new Set([wanted.conversation ?? answer.conversation, ...answer.messages.map((message) => message.conversation)]);
    for (const conversation of conversations) {
      this.#events.batch(conversation, answer.messages.filter((message) => message.conversation === conversation), complete);
    }
    if (this.#isReady) return this.#events.state(state);
    this.#isReady = true;
    this.#events.ready(state, null);
  }

  async #deliver(message: OutgoingMessage): Promise<void> {
    try {
      const answer = await this.#api.sendMessage(this.#token, message.clientId, message.content);
      if (!this.#hasEnded) this.#events.acknowledged({ clientId: message.clientId, id: answer.id, seq: answer.seq, conversation: answer.conversation });
    } catch (error) {
      if (this.#hasEnded || !(error instanceof ApiError)) return;
      if (error.status === 401) return this.#end(error);
      this.#events.refused({ clientId: message.clientId, code: error.code, message: error.message, retryAfterSeconds: error.retryAfterSeconds });
    }
  }

  #end(error: unknown): void {
    if (this.#hasEnded) return;
    this.close();
    const isUnauthorized = error instanceof ApiError && error.status === 401;
    const down: Down = { kind: isUnauthorized ? "unauthorized" : "lost" };
    if (error instanceof ApiError && error.retryAfterSeconds !== null) down.waitSeconds = error.retryAfterSeconds;
    this.#events.down(down);
  }
}
