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

/** One typed way to call the desk API. */
export interface Http {
  call<T>(method: Method, path: string, body?: unknown): Promise<T>;
  /** The value of `X-CSRF-Token`; null before sign-in. */
  csrf: string | null;
  onSignedOut: (() => void) | null;
}

/** Long enough for a slow link, short enough that an agent is not left guessing. */
const TIMEOUT_MILLISECONDS = 15_000;

/** Builds the desk API client on top of `fetch`. */
export function createHttp(root: string, fetcher: typeof fetch): Http {
  const request = async (method: Method, path: string, body: unknown): Promise<Response> => {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (method !== "GET" && http.csrf !== null) headers["X-CSRF-Token"] = http.csrf;
    const options: RequestInit = { method, headers, credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) };
    if (body !== undefined) options.body = JSON.stringify(body);
    try {
      return await fetcher(root + path, options);
    } catch {
      throw new DeskError("network", texts.errors.network, 0);
    }
  };

  const http: Http = {
    csrf: null,
    onSignedOut: null,
    async call<T>(method: Method, path: string, body?: unknown): Promise<T> {
      let response = await request(method, path, body);
      if (response.status === 403 && method !== "GET") {
        const error = await readError(response);
        if (error.code !== "csrf_invalid") throw error;
        // Another tab may have signed in again, which changes the token; ask for the present one and try once more.
        const me = await request("GET", "/me", undefined);
        if (me.ok) http.csrf = ((await me.json()) as { csrf: string }).csrf;
        response = await request(method, path, body);
      }
      if (!response.ok) {
        const error = await readError(response);
        if (error.code === "not_signed_in") http.onSignedOut?.();
        throw error;
      }
      const text = await response.text();
      return (text === "" ? null : JSON.parse(text)) as T;
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
