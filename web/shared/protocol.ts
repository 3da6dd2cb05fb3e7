/** The messages of docs/protocol.md; gateway/protocol.py is checked against this file by a test. */
export type Owner = "bot" | "queued" | "agent" | "closed";
export type Sender = "customer" | "bot" | "agent" | "system";
export type MessageKind = "text" | "answer" | "stop_loss" | "event" | "rating_request" | "image" | "file";
export type EventName = "queued" | "agent_joined" | "returned_to_bot" | "closed" | "bot_unavailable" | "kept" | "callback" | "masked";
export type Priority = "urgent" | "high" | "normal";
export type AgentRole = "agent" | "senior" | "supervisor" | "compliance" | "administrator";

export interface Queue {
  position: number;
  ahead: number;
  estimate_minutes: [number, number] | null;
  promised_at: string | null;
}
export interface Button {
  id: string;
  title: string;
}
export interface Step {
  id: string;
  title: string;
  detail: string;
  call?: string;
}
/** How to reach one's own bank; the note says where to check the number. */
export interface Bank {
  id: string;
  title: string;
  call: string;
  note: string;
}
/** When each ticked step of a conversation was ticked, and from when its clock runs. */
export interface ChecklistAnswer {
  checklist: Record<string, string>;
  since: string | null;
}
export interface Source {
  name: string;
  article?: string;
  url?: string;
}
export interface Article {
  id: string;
  title: string;
  topic: string;
  version: string;
  markdown: string;
  short: string;
  sources: Source[];
  effective_from: string;
  expired: boolean;
  reviewed_until: string;
  related: { id: string; title: string }[];
}
export interface Body {
  buttons?: Button[];
  article?: Article;
  steps?: Step[];
  event?: EventName;
  secret?: "card" | "identity" | "code" | "password";
  agent?: { name: string };
  scores?: number[];
  /** Kind rating_request: the session to be rated; answers and requests: whether the matter is solved is asked as well, and why not. */
  session?: string;
  asks_solved?: boolean;
  reasons?: RatingReason[];
  file?: SentFile;
  /** Of a message with a file: whether its text was written beside it, not put there in place of words. */
  captioned?: boolean;
}
/** A file as messages and the answers to uploads describe it; width and height of pictures only. */
export interface SentFile {
  id: string;
  name: string;
  type: string;
  size: number;
  width: number | null;
  height: number | null;
}
/** A reason that is offered with a rating. */
export interface RatingReason {
  code: string;
  text: string;
}
export interface Message {
  id: string;
  conversation: string;
  seq: number;
  sender: Sender;
  kind: MessageKind;
  text: string;
  body: Body;
  at: string;
  client_id: string | null;
}
export interface ConversationState {
  conv: string;
  owner: Owner;
  queue: Queue | null;
  agent: { name: string } | null;
}

/** Frames which the server sends on the customer socket. */
export type CustomerServerFrame =
  | ({ t: "ready"; seq_head: number; server_time: string; hb: number } & ConversationState)
  | { t: "ack"; cid: string; mid: string; seq: number; conv: string }
  | ({ t: "msg" } & Message)
  | ({ t: "state" } & ConversationState)
  | { t: "batch"; conv: string; items: Message[]; more: boolean }
  | { t: "read"; conv: string; seq: number; by: "agent" }
  | { t: "typing"; on: boolean }
  | { t: "pong" }
  | { t: "err"; code: string; message: string; cid?: string; retry_after?: number }
  | { t: "bye"; reconnect_in: number };

/** Frames which a customer's client sends. */
export type CustomerClientFrame =
  | { t: "auth"; v: 1; token: string; conv?: string; last_seq: number }
  | { t: "msg"; cid: string; text: string }
  | { t: "msg"; cid: string; button: { message: string; id: string } }
  | { t: "msg"; cid: string; file: string; text: string }
  | { t: "sync"; conv: string; after: number }
  | { t: "read"; conv: string; seq: number }
  | { t: "typing"; on: boolean }
  | { t: "ping" };

/** A window of working time in which a call can be promised; `text` is how it is told. */
export interface CallWindow {
  start: string;
  end: string;
  text: string;
}
/** A call that a customer wishes for; the number is masked. */
export interface CallbackWish extends CallWindow {
  phone: string;
}
export interface CallbackOffer {
  windows: CallWindow[];
  wish: CallbackWish | null;
}

export interface CaseLabel {
  number: string;
  type: string;
  type_text: string;
}
export interface CustomerLabel {
  id: string;
  name: string;
  verified: boolean;
}
/** What the server lets an agent do; docs/protocol.md section 3 says who has what. */
export type DeskRight =
  | "serve" | "read_queue" | "read_any_conversation" | "read_unanswered" | "read_audit"
  | "manage_agents" | "manage_outbox" | "decide_flags" | "export_flags" | "write_notes"
  | "write_canned_replies" | "approve_canned_replies" | "share_views" | "assign" | "manage_teams"
  | "reveal_contacts" | "read_any_case" | "manage_cases" | "read_board" | "broadcast";

export interface DeskAgent {
  id: string;
  username: string;
  name: string;
  role: AgentRole;
  available: boolean;
  rights: readonly DeskRight[];
}
export interface QueueEntry {
  conversation: string;
  position: number;
  priority: Priority;
  reason: string;
  reason_text: string;
  waiting_since: string;
  customer: CustomerLabel;
  preview: string;
  case: CaseLabel | null;
  vulnerable?: boolean;
  team?: string | null;
  offer?: Offer | null;
}
/** A waiting conversation that is before one agent until a moment. */
export interface Offer {
  agent: { id: string; name: string };
  until: string;
  why_text: string;
}
/** What was taken from the reader within the hour, and why. */
export interface LostConversation {
  id: string;
  conversation: string;
  customer: CustomerLabel;
  reason: string;
  reason_text: string;
  at: string;
}
export interface Team {
  id: string;
  name: string;
  skills: string[];
  members: string[];
}
export interface Colleague {
  id: string;
  name: string;
  role: AgentRole;
  online: boolean;
  available: boolean;
  load: number;
  capacity: number;
}
export interface RoutingDecision {
  agent: { id: string; name: string };
  why: string;
  why_text: string;
  at: string;
  until: string;
  outcome: "accepted" | "declined" | "timed_out" | "withdrawn" | null;
  outcome_text: string | null;
  decline_text: string | null;
  settled_at: string | null;
  candidates: { agent: { id: string; name: string }; place: number | null; why_text: string; load: number; capacity: number }[];
}
export interface ConversationRow {
  id: string;
  owner: Owner;
  customer: CustomerLabel;
  preview: string;
  last_at: string;
  unread: number;
  priority: Priority;
  case: CaseLabel | null;
}
export interface Span {
  start: number;
  end: number;
  label: string;
}
export interface ScamCard {
  level: string | null;
  type: string | null;
  state: string | null;
  amount_fen: number | null;
  when: string | null;
  spans: Span[];
  text: string;
  /** The message that holds the gravest cue. */
  message?: string;
  // With a scam case only.
  type_text?: string | null;
  state_text?: string | null;
  lending_code?: string | null;
  hours_ago?: number | null;
  fields?: { label: string; value: string }[];
  missing?: string[];
  asked?: string[];
  next_question?: { id: string; text: string } | null;
  checklist?: { id: string; title: string; done_at: string | null }[];
  since?: string;
  alert?: { level: string; state: string | null; state_text: string | null; message: string; at: string } | null;
  risk_control?: { status: string; reference: string; at: string } | null;
}
export interface SuggestedArticle {
  id: string;
  title: string;
  score: number;
}
export interface HandoffCard {
  reason: string;
  reason_text: string;
  summary: string;
  said: string[];
  intent: { name: string; title: string; confidence: number } | null;
  articles: { id: string; title: string; version: string }[];
  details: { kind: string; label: string; value: string; message: string }[];
  turns: { sender: Sender; text: string }[];
  doubt: { decision: string; text: string; candidates: SuggestedArticle[] } | null;
  suggestions: SuggestedArticle[];
  misses: number;
  scam: ScamCard | null;
  earlier: { opened_at: string; channel: string; resolution_text: string | null }[];
  /** An elderly or disabled customer, and how that is known. */
  care?: { kind: "elder" | "disabled"; text: string; source_text: string } | null;
  earlier_conversations: number;
  earlier_cases: { number: string; type_text: string; status_text: string }[];
}
/** What agents tell each other about a conversation; `after` is the last message when it was written. */
export interface Note {
  id: string;
  after: number;
  text: string;
  at: string;
  by: { id: string; name: string };
  mentions: string[];
}
/** Somebody who has the conversation open. */
export interface Viewer {
  id: string;
  name: string;
  typing: boolean;
}
export interface ConversationDetail extends ConversationRow {
  agent: { id: string; name: string } | null;
  opened_at: string;
  closed_at: string | null;
  resolution: string | null;
  previous: string | null;
  /** Where the customer is known; the ids hidden but for their ends. */
  identities: { channel: string; id: string }[];
  card: HandoffCard | null;
  resolutions: { code: string; text: string }[];
  assignments: { owner: Owner; agent: string | null; started_at: string; reason_text: string }[];
}

export type FlagState = "suspected" | "confirmed" | "cleared";
export type FlagRole = "unknown" | "victim" | "operator";
export type FlagAction = "confirm" | "clear" | "appeal" | "decide_appeal" | "notice";
export interface Flag {
  id: string;
  type: string;
  type_text: string;
  state: FlagState;
  state_text: string;
  role: FlagRole;
  role_text: string;
  score: number;
  customer: CustomerLabel;
  conversation: string;
  first_seen: string;
  last_seen: string;
  evidence_count: number;
  appeal_open: boolean;
  decided_at: string | null;
}
export interface FlagDetail extends Flag {
  note: string | null;
  decided_by: { id: string; name: string } | null;
  evidence: {
    message: string;
    conversation: string;
    at: string;
    score: number;
    excerpt: string | null;
    spans: (Span & { label_text: string })[];
  }[];
  history: { at: string; kind: string; kind_text: string; by: { id: string; name: string } | null; note: string | null }[];
  appeals: {
    text: string;
    at: string;
    by: { id: string; name: string };
    outcome: "granted" | "dismissed" | null;
    note: string | null;
    decided_at: string | null;
    decided_by: { id: string; name: string } | null;
  }[];
  notices: { template: string; version: number; state: string; at: string; sent_at: string | null }[];
  notice_text: string | null;
  may: FlagAction[];
}
/** A call to make, on the desk's list. */
export interface Callback {
  id: string;
  conversation: string;
  case: CaseLabel;
  priority: Priority;
  phone: string;
  window: CallWindow;
  next_at: string;
  state: "open" | "reached" | "unreached" | "not_needed" | "cancelled";
  attempts: number;
  attempts_most: number;
  agent: { id: string; name: string } | null;
}
export interface OutboxMessage {
  id: string;
  destination: string;
  kind: string;
  state: string;
  attempts: number;
  error: string | null;
  case: string | null;
  conversation: string | null;
  created_at: string;
  due_at: string;
  sent_at: string | null;
}

/** A notice to everybody at the desk. */
export interface Broadcast {
  id: string;
  text: string;
  by: string;
  at: string;
  expires_at: string;
}

/** Frames which the server sends on the desk socket. */
export type DeskServerFrame =
  | { t: "broadcasts"; broadcasts: Broadcast[] }
  | { t: "hello"; agent: DeskAgent }
  | { t: "queue"; entries: QueueEntry[]; at: string }
  | { t: "queue_changes"; gone: string[]; entries: QueueEntry[]; at: string }
  | { t: "mine"; conversations: ConversationRow[]; lost?: LostConversation[] }
  | { t: "batch"; conv: string; items: Message[]; more: boolean }
  | ({ t: "msg" } & Message)
  | { t: "conversation"; conversation: ConversationDetail }
  | { t: "read"; conv: string; seq: number; by: "customer" }
  | { t: "delivered"; conv: string; seq: number }
  | { t: "notes"; conv: string; notes: Note[] }
  | { t: "viewers"; conv: string; viewers: Viewer[] }
  | { t: "notifications"; unread: number }
  | { t: "typing"; conv: string; on: boolean }
  | { t: "pong" }
  | { t: "err"; code: string; message: string }
  | { t: "bye"; reconnect_in: number };

/** Frames which the desk sends. */
export type DeskClientFrame =
  | { t: "open"; conv: string; after: number }
  | { t: "leave"; conv: string }
  | { t: "read"; conv: string; seq: number }
  | { t: "typing"; conv: string; on: boolean }
  | { t: "ping" };

export interface ErrorAnswer {
  error: { code: string; message: string } & Record<string, unknown>;
}
