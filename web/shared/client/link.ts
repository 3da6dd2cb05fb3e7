import type { ConversationState, Message } from "../protocol";
import type { OutgoingMessage } from "./outbox";

export interface Credentials {
  token: string;
  conversation: string | null;
  lastSeq: number;
}
export interface Acknowledgement {
  clientId: string;
  id: string;
  seq: number;
  conversation: string;
}
export interface Refusal {
  clientId: string | null;
  code: string;
  message: string;
  retryAfterSeconds: number | null;
}
/** Why a link ended. `wait` is the server's wish in seconds. */
export type Down = { kind: "lost" | "unauthorized" | "forbidden" | "protocol"; waitSeconds?: number };

/** What either link, socket or long poll, reports. */
export interface LinkEvents {
  ready(state: ConversationState, seqHead: number | null): void;
  state(state: ConversationState): void;
  message(message: Message): void;
  batch(conversation: string, items: Message[], complete: boolean): void;
  acknowledged(ack: Acknowledgement): void;
  refused(refusal: Refusal): void;
  read(conversation: string, seq: number): void;
  typing(on: boolean): void;
  down(down: Down): void;
}

/** A way to the server. */
export interface Link {
  send(message: OutgoingMessage): void;
  sync(conversation: string, after: number): void;
  read(conversation: string, seq: number): void;
  typing(on: boolean): void;
  /** Makes sure soon that the way is still open. */
  check(): void;
  close(): void;
}
