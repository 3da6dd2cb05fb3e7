import type { SentFile } from "../protocol";
import { ApiError } from "./api";

/** One upload: where to, with which proof, and who hears of its progress (0 to 1). */
export interface UploadRequest {
  url: string;
  headers: Readonly<Record<string, string>>;
  clientId: string;
  file: File;
  progress: (share: number) => void;
  signal: AbortSignal;
}
export type SendFile = (request: UploadRequest) => Promise<SentFile>;

// Ten megabytes over a weak mobile network; the server gives up at the same time.
const TIMEOUT_MS = 180_000;

/** Sends a file as a form. `fetch` cannot tell how far an upload has got, so this is the older way. */
export const sendFile: SendFile = ({ url, headers, clientId, file, progress, signal }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = (): void => reject(new ApiError("network"));
    request.open("POST", url);
    request.timeout = TIMEOUT_MS;
    for (const [name, value] of Object.entries({ Accept: "application/json", ...headers })) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    };
    request.onerror = request.ontimeout = request.onabort = fail;
    request.onload = () => {
      const answer = parse(request.responseText);
      if (request.status === 201 && answer !== null) resolve(answer as unknown as SentFile);
      else reject(refusal(request, answer));
    };
    signal.addEventListener("abort", () => request.abort(), { once: true });
    const form = new FormData();
    // Before the file, so that it is known first.
    form.append("client_id", clientId);
    form.append("file", file, file.name);
    request.send(form);
  });

function parse(text: string): Record<string, unknown> | null {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function refusal(request: XMLHttpRequest, answer: Record<string, unknown> | null): ApiError {
  const error = answer?.["error"] as { code?: unknown; message?: unknown; retry_after?: unknown } | undefined;
  return new ApiError(typeof error?.code === "string" ? error.code : `http_${request.status}`, {
    message: typeof error?.message === "string" ? error.message : "",
    status: request.status,
    retryAfterSeconds: typeof error?.retry_after === "number" ? error.retry_after : null,
  });
}
