import type { CustomerClientFrame, CustomerServerFrame, Message } from "../protocol";
import type { SocketLike } from "./socket_link";

/** A socket whose other end is the test. */
export class FakeSocket implements SocketLike {
  onopen: ((event: Event) => unknown) | null = null;
  onmessage: ((event: MessageEvent) => unknown) | null = null;
  onclose: ((event: CloseEvent) => unknown) | null = null;
  readonly sent: CustomerClientFrame[] = [];
  isClosed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as CustomerClientFrame);
  }

  close(): void {
    this.isClosed = true;
  }

  open(): void {
    this.onopen?.(new Event("open"));
  }

  receive(frame: CustomerServerFrame): void {
    this.onmessage?.(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }

  /** Lets the server accept the session. */
  ready(conv = "c1", seqHead = 0): void {
    this.open();
    this.receive({ t: "ready", conv, seq_head: seqHead, server_time: "", hb: 25, owner: "bot", queue: null, agent: null });
  }

  drop(code = 1006): void {
    this.onclose?.(new CloseEvent("close", { code }));
  }

  ofType<T extends CustomerClientFrame["t"]>(t: T): Extract<CustomerClientFrame, { t: T }>[] {
    return this.sent.filter((frame): frame is Extract<CustomerClientFrame, { t: T }> => frame.t === t);
  }
}

/** Makes a message, of the bot unless told otherwise. */
export function message(seq: number, fields: Partial<Message> = {}): Message {
  const conversation = fields.conversation ?? "c1";
  return {
    id: `${conversation}-${seq}`,
    conversation,
    seq,
    sender: "bot",
    kind: "text",
    text: `第${seq}条`,
    body: {},
    at: "2026-01-05T08:00:00+08:00",
    client_id: null,
    ...fields,
  };
}

export interface FakeRequest {
  method: string;
  path: string;
  body: Record<string, unknown>;
  token: string | null;
}
export type Answer = { status?: number; body: unknown; headers?: Record<string, string> };

/** A `fetch` that asks the test for every answer; a thrown error is a broken network. */
export function fakeFetch(answer: (request: FakeRequest) => Answer | Promise<Answer>): { fetch: typeof fetch; requests: FakeRequest[] } {
  const requests: FakeRequest[] = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = new URL(String(input), "https://zone.example");
    const headers = new Headers(init?.headers);
    const request: FakeRequest = {
      method: init?.method ?? "GET",
      path: url.pathname.replace("/api/v1", "") + url.search,
      body: typeof init?.body === "string" ? (JSON.parse(init.body) as Record<string, unknown>) : {},
      token: headers.get("Authorization")?.replace("Bearer ", "") ?? null,
    };
    requests.push(request);
    const aborted = new Promise<never>((_resolve, reject) => init?.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    const { status = 200, body, headers: extra = {} } = await Promise.race([Promise.resolve(answer(request)), aborted]);
    return new Response(JSON.stringify(body), { status, headers: extra });
  };
  return { fetch, requests };
}
