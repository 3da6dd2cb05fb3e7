import type { GivenRating } from "./ratings";
import type { SentFile } from "../protocol";
import type { Article, Bank, CallbackOffer, CallbackWish, ChecklistAnswer, ConversationState, Message, Owner, Queue } from "../protocol";

/** A refusal by the server, or the network's failure (`code` `network`). */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly retryAfterSeconds: number | null;

  constructor(code: string, options: { message?: string; status?: number; retryAfterSeconds?: number | null } = {}) {
    super(options.message ?? "");
    this.code = code;
    this.status = options.status ?? 0;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

export type Content = { text: string } | { button: { message: string; id: string }; title: string } | { file: SentFile; text: string };
export interface SessionAnswer {
  session: string;
  customer: { id: string; name: string; verified: boolean };
  conversation: string;
  expires_at: string;
}
export interface MessagesAnswer extends Pick<ConversationState, "owner" | "queue" | "agent"> {
  conversation: string;
  messages: Message[];
}
export interface CustomerCase {
  number: string;
  type: string;
  /** The state as a code; `status` says it in words. */
  state: string;
  status: string;
  opened_at: string;
  updated_at: string;
  closed_at: string | null;
  /** What we owe next and by when; null where nothing runs. */
  next_due: { title: string; at: string } | null;
  /** The number of the own case in which this one goes on. */
  merged_into: string | null;
}
export interface ArticleLink {
  id: string;
  title: string;
}
export interface Zone {
  platform: string;
  hotline: string;
  /** The largest file that may be sent. */
  upload_most_mb: number;
  entries: { id: string; title: string; message: string }[];
  popular: ArticleLink[];
  groups: { id: string; title: string; articles: ArticleLink[] }[];
}
export interface ArticleHit extends ArticleLink {
  topic: string;
  excerpt: string;
}

interface Request {
  method?: "GET" | "POST" | "DELETE";
  token?: string;
  body?: unknown;
  signal?: AbortSignal;
  timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
const FILE_TIMEOUT_MS = 60_000;

/** The customer API of docs/protocol.md, section 1. */
export class CustomerApi {
  readonly #base: string;
  readonly #fetch: typeof fetch;

  constructor(server: string, fetcher: typeof fetch) {
    this.#base = `${server.replace(/\/+$/, "")}/api/v1`;
    this.#fetch = fetcher;
  }

  openSession(token: string | null): Promise<SessionAnswer> {
    return this.#call("/sessions", { method: "POST", body: token === null ? {} : { token } });
  }

  sendMessage(token: string, clientId: string, content: Content): Promise<{ id: string; seq: number; conversation: string }> {
    return this.#call("/messages", { method: "POST", token, body: { client_id: clientId, ...partOf(content) } });
  }

  listMessages(token: string, query: { conversation: string | null; after: number; wait: number }, signal: AbortSignal): Promise<MessagesAnswer> {
    const parameters = new URLSearchParams({ after: String(query.after), wait: String(query.wait) });
    if (query.conversation !== null) parameters.set("conversation", query.conversation);
    return this.#call(`/messages?${parameters}`, { token, signal, timeoutMs: query.wait * 1000 + TIMEOUT_MS });
  }

  requestHandoff(token: string): Promise<{ owner: Owner; queue: Queue | null }> {
    return this.#call("/handoff", { method: "POST", token });
  }

  cancelHandoff(token: string): Promise<{ owner: Owner }> {
    return this.#call("/handoff", { method: "DELETE", token });
  }

  callback(token: string): Promise<CallbackOffer> {
    return this.#call("/callback", { token });
  }

  wishCallback(token: string, start: string, phone: string): Promise<{ wish: CallbackWish }> {
    return this.#call("/callback", { method: "POST", token, body: { start, phone } });
  }

  takeBackCallback(token: string): Promise<{ wish: null }> {
    return this.#call("/callback", { method: "DELETE", token });
  }

  rate(token: string, rating: { conversation: string; session?: string; message?: string } & GivenRating): Promise<unknown> {
    return this.#call("/ratings", { method: "POST", token, body: rating });
  }

  listCases(token: string): Promise<{ cases: CustomerCase[] }> {
    return this.#call("/cases", { token });
  }

  tick(token: string, tick: { message: string; step: string; done: boolean }): Promise<Pick<ChecklistAnswer, "checklist">> {
    return this.#call("/checklist", { method: "POST", token, body: tick });
  }

  checklist(token: string, conversation: string): Promise<ChecklistAnswer> {
    return this.#call(`/checklist?${new URLSearchParams({ conversation })}`, { token });
  }

  banks(): Promise<{ banks: Bank[] }> {
    return this.#call("/banks", {});
  }

  zone(): Promise<Zone> {
    return this.#call("/zone", {});
  }

  article(id: string): Promise<{ article: Article }> {
    return this.#call(`/articles/${encodeURIComponent(id)}`, {});
  }

  searchArticles(text: string, signal?: AbortSignal): Promise<{ articles: ArticleHit[] }> {
    return this.#call(`/articles?${new URLSearchParams({ q: text })}`, signal ? { signal } : {});
  }

  /** Where files are sent, and with what proof. */
  uploadTo(token: string): { url: string; headers: Record<string, string> } {
    return { url: `${this.#base}/uploads`, headers: { Authorization: `Bearer ${token}` } };
  }

  /** Fetches a file or its thumbnail: no address of an element may hold the token. */
  async file(token: string, id: string, part: "content" | "thumbnail"): Promise<Blob> {
    const path = `/files/${encodeURIComponent(id)}${part === "thumbnail" ? "/thumbnail" : ""}`;
    return this.#request(path, { token, timeoutMs: FILE_TIMEOUT_MS }, (response) => response.blob());
  }

  #call<T>(path: string, request: Request): Promise<T> {
    return this.#request(path, request, (response) => response.json() as Promise<T>);
  }

  async #request<T>(path: string, request: Request, read: (response: Response) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    request.signal?.addEventListener("abort", abort, { once: true });
    // Not AbortSignal.timeout/any: too new for the phones some customers use.
    const timer = setTimeout(abort, request.timeoutMs ?? TIMEOUT_MS);
    try {
      const headers: Record<string, string> = { Accept: "application/json" };
      if (request.token !== undefined) headers["Authorization"] = `Bearer ${request.token}`;
      const init: RequestInit = { method: request.method ?? "GET", headers, signal: controller.signal, credentials: "omit", cache: "no-store" };
      if (request.body !== undefined) {
        headers["Content-Type"] = "application/json";
        init.body = JSON.stringify(request.body);
      }
      const response = await this.#fetch.call(globalThis, this.#base + path, init);
      if (!response.ok) throw refusal(response, await response.json());
      return await read(response);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw new ApiError("network");
    } finally {
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", abort);
    }
  }
}

/** What a message says of its content, over HTTP and the socket alike. */
export function partOf(content: Content): { text: string } | { button: { message: string; id: string } } | { file: string; text: string } {
  if ("file" in content) return { file: content.file.id, text: content.text };
  return "text" in content ? { text: content.text } : { button: content.button };
}

function refusal(response: Response, answer: unknown): ApiError {
  const error = (answer as { error?: { code?: unknown; message?: unknown } } | null)?.error;
  const retryAfter = Number.parseFloat(response.headers.get("Retry-After") ?? "");
  return new ApiError(typeof error?.code === "string" ? error.code : `http_${response.status}`, {
    message: typeof error?.message === "string" ? error.message : "",
    status: response.status,
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
  });
}
