import type { ErrorAnswer } from "../../../shared/protocol";
import { texts } from "../texts";

/** An answer that is not a success, or no answer at all (`code` is then `network`). */
export class DeskError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly details: Readonly<Record<string, unknown>> = {},
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
    this.name = "DeskError";
  }

  /** True when the same request may succeed if it is simply sent again. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface DownloadedFile {
  blob: Blob;
  name: string;
}

/** One typed way to call the desk API. */
export interface Http {
  call<T>(method: Method, path: string, body?: unknown): Promise<T>;
  /** A call that is answered with a file; making one may take longer than other answers. */
  download(method: Method, path: string, body?: unknown): Promise<DownloadedFile>;
  /** The value of `X-CSRF-Token`; null before sign-in. */
  csrf: string | null;
  onSignedOut: (() => void) | null;
}

/** Long enough for a slow link, short enough that an agent is not left guessing. */
const TIMEOUT_MILLISECONDS = 15_000;
const FILE_TIMEOUT_MILLISECONDS = 60_000;

/** Builds the desk API client on top of `fetch`. */
export function createHttp(root: string, fetcher: typeof fetch): Http {
  const request = async (method: Method, path: string, body: unknown, timeout = TIMEOUT_MILLISECONDS): Promise<Response> => {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (method !== "GET" && http.csrf !== null) headers["X-CSRF-Token"] = http.csrf;
    const options: RequestInit = { method, headers, credentials: "same-origin", signal: AbortSignal.timeout(timeout) };
    if (body !== undefined) options.body = JSON.stringify(body);
    try {
      return await fetcher(root + path, options);
    } catch {
      throw new DeskError("network", texts.errors.network, 0);
    }
  };

  /** Sends a request and lets only successes through. */
  const succeed = async (method: Method, path: string, body: unknown, timeout?: number): Promise<Response> => {
    let response = await request(method, path, body, timeout);
    if (response.status === 403 && method !== "GET") {
      const error = await readError(response);
      if (error.code !== "csrf_invalid") throw error;
      // Another tab may have signed in again, which changes the token; ask for the present one and try once more.
      const me = await request("GET", "/me", undefined);
      if (me.ok) http.csrf = ((await me.json()) as { csrf: string }).csrf;
      response = await request(method, path, body, timeout);
    }
    if (!response.ok) {
      const error = await readError(response);
      if (error.code === "not_signed_in") http.onSignedOut?.();
      throw error;
    }
    return response;
  };

  const http: Http = {
    csrf: null,
    onSignedOut: null,
    async call<T>(method: Method, path: string, body?: unknown): Promise<T> {
      const text = await (await succeed(method, path, body)).text();
      return (text === "" ? null : JSON.parse(text)) as T;
    },
    async download(method, path, body) {
      const response = await succeed(method, path, body, FILE_TIMEOUT_MILLISECONDS);
      const name = /filename="([^"/\\]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
      try {
        return { blob: await response.blob(), name: name ?? "download" };
      } catch {
        throw new DeskError("network", texts.errors.network, 0);
      }
    },
  };
  return http;
}

async function readError(response: Response): Promise<DeskError> {
  const after = Number(response.headers.get("Retry-After"));
  const retryAfter = Number.isFinite(after) && after > 0 ? after : null;
  try {
    const { error } = (await response.json()) as ErrorAnswer;
    const { code, message, ...details } = error;
    return new DeskError(code, message, response.status, details, retryAfter);
  } catch {
    return new DeskError("unexpected_answer", texts.errors.unexpected(response.status), response.status, {}, retryAfter);
  }
}

/** A sentence for the agent about any thrown value. */
export function explain(error: unknown): string {
  return error instanceof DeskError ? error.message : texts.errors.unknown;
}
