import type { SentFile } from "../protocol";
import { ApiError } from "./api";
import type { Clock, Timer } from "./clock";

/** A file on its way; once the server has it, the message that carries it goes into the outbox. */
export interface Upload {
  clientId: string;
  file: File;
  /** The words that go with it. */
  text: string;
  /** At the desk, the conversation into which it goes; empty for a customer, who has one. */
  conversation: string;
  createdAt: number;
  state: "waiting" | "sending" | "failed";
  /** How much has been sent, 0 to 1. */
  progress: number;
  /** Why it was refused, as the server put it; empty when only the network failed. */
  reason: string;
}

export interface UploadsOptions {
  clock: Clock;
  newId: () => string;
  send: (clientId: string, file: File, progress: (share: number) => void, signal: AbortSignal, conversation: string) => Promise<SentFile>;
  /** The server has the file: send the message. */
  sent: (file: SentFile, upload: Upload) => void;
  /** The session is not accepted any more. */
  unauthorized: () => void;
  changed: () => void;
}

const RETRY_MS = [2_000, 5_000, 15_000, 30_000];

/**
 * Files one after another, in order. A broken network only delays them; they are kept in memory, for no browser storage of ours
 * holds pictures of a customer's troubles on a shared phone.
 */
export class Uploads {
  readonly #options: UploadsOptions;
  #items: Upload[] = [];
  #abort: AbortController | null = null;
  #timer: Timer | null = null;
  #failures = 0;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  list(): readonly Upload[] {
    return this.#items;
  }

  add(file: File, text = "", conversation = ""): void {
    const { newId, clock } = this.#options;
    this.#items = [...this.#items, { clientId: newId(), file, text, conversation, createdAt: clock.now(), state: "waiting", progress: 0, reason: "" }];
    this.#pump();
  }

  cancel(clientId: string): void {
    const item = this.#find(clientId);
    if (!item) return;
    this.#remove(clientId);
    if (item.state === "sending") this.#abort?.abort();
    this.#pump();
  }

  retry(clientId: string): void {
    const item = this.#find(clientId);
    if (item?.state !== "failed") return;
    // A refusal may have been about what came in under the old identifier.
    this.#change(clientId, { state: "waiting", reason: "", progress: 0, clientId: this.#options.newId() });
    this.wake();
  }

  /** The network or the page is back: no need to wait any longer. */
  wake(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#failures = 0;
    this.#pump();
  }

  clear(): void {
    this.#items = [];
    this.stop();
    this.#options.changed();
  }

  stop(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#abort?.abort();
  }

  #pump(): void {
    const next = this.#items.find((item) => item.state !== "failed");
    if (next?.state === "waiting" && this.#abort === null && this.#timer === null) void this.#send(next.clientId, next);
    this.#options.changed();
  }

  async #send(clientId: string, upload: Upload): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#change(clientId, { state: "sending", progress: 0 });
    try {
      const file = await this.#options.send(clientId, upload.file, (progress) => this.#change(clientId, { progress }), abort.signal, upload.conversation);
      this.#failures = 0;
      // Cancelled at the last moment: the server keeps what nobody sends only for a while.
      if (this.#find(clientId)) {
        this.#remove(clientId);
        this.#options.sent(file, upload);
      }
    } catch (error) {
      this.#failed(clientId, error instanceof ApiError ? error : new ApiError("network"));
    } finally {
      this.#abort = null;
      this.#pump();
    }
  }

  #failed(clientId: string, error: ApiError): void {
    if (!this.#find(clientId)) return;
    const isTransient = error.status === 0 || error.status === 401 || error.status === 408 || error.status === 429 || error.status >= 500;
    if (!isTransient) return this.#change(clientId, { state: "failed", reason: error.message || error.code });
    this.#change(clientId, { state: "waiting", progress: 0 });
    if (error.status === 401) this.#options.unauthorized();
    const pause = Math.max(RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 0, (error.retryAfterSeconds ?? 0) * 1000);
    this.#failures += 1;
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#timer = null;
      this.#pump();
    }, pause);
  }

  #find(clientId: string): Upload | undefined {
    return this.#items.find((item) => item.clientId === clientId);
  }

  #change(clientId: string, change: Partial<Upload>): void {
    this.#items = this.#items.map((item) => (item.clientId === clientId ? { ...item, ...change } : item));
    this.#options.changed();
  }

  #remove(clientId: string): void {
    this.#items = this.#items.filter((item) => item.clientId !== clientId);
    this.#options.changed();
  }
}
