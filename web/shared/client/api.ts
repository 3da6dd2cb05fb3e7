import type { Article, Bank, ChecklistAnswer, ConversationState, Message, Owner, Queue } from "../protocol";

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

export type Content = { text: string } | { button: { message: string; id: string }; title: string };
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
  status: string;
  opened_at: string;
  updated_at: string;
}
export interface ArticleLink {
  id: string;
  title: string;
}
export interface Zone {
  platform: string;
  hotline: string;
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
    const part = "text" in content ? { text: content.text } : { button: content.button };
    return this.#call("/messages", { method: "POST", token, body: { client_id: clientId, ...part } });
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

  rate(token: string, rating: { conversation: string; score: number; comment?: string }): Promise<{ score: number }> {
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

  async #call<T>(path: string, request: Request): Promise<T> {
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
      const answer: unknown = await response.json();
      if (!response.ok) throw refusal(response, answer);
      return answer as T;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw new ApiError("network");
    } finally {
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", abort);
    }
  }
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
