import type { AgentRole, Article, Callback, ConversationDetail, ConversationRow, DeskAgent, Flag, FlagDetail, FlagState, Message, OutboxMessage, QueueEntry } from "../../../shared/protocol";
import { createAccountApi, type AccountApi } from "./account_api";
import { createBoardApi, type BoardApi } from "./board_api";
import { createCaseApi, type CaseApi } from "./case_api";
import type { DownloadedFile, Http } from "./http";

export interface SignedIn {
  agent: DeskAgent;
  csrf: string;
  must_change_password: boolean;
  must_set_second_factor: boolean;
}
/** The password was right; the second step comes next. */
export interface SecondStepWanted {
  second_factor: true;
}
export interface ArticleHit {
  id: string;
  title: string;
  topic: string;
  excerpt: string;
}
/** An agent as an administrator sees one. */
export interface AgentRow extends DeskAgent {
  active?: boolean;
  second_factor?: boolean;
  second_factor_required?: boolean;
  second_factor_required_by_role?: boolean;
  last_sign_in_at?: string | null;
  delayed_until?: string | null;
}
export interface UnansweredQuestion {
  id?: string;
  text: string;
  asked_at?: string;
  decision?: string;
  candidates: { article: string; title?: string; topic?: string; score?: number }[];
}

export interface FlagList {
  flags: Flag[];
  counts: Record<FlagState, number>;
  page: number;
  pages: number;
}
/** What somebody does with a flag, by the end of the address. */
export type FlagRequest =
  | { path: "confirm"; role: "victim" | "operator"; note: string }
  | { path: "clear"; note: string }
  | { path: "appeal"; note: string }
  | { path: "appeal/decide"; outcome: "granted" | "dismissed"; note: string }
  | { path: "notice" };

/** What came of a call. */
export type CallbackOutcome = "reached" | "not_reached" | "not_needed";

/** Every call of docs/protocol.md section 3, by name. */
export interface DeskApi extends AccountApi, CaseApi {
  readonly board: BoardApi;
  me(): Promise<SignedIn>;
  signIn(username: string, password: string): Promise<SignedIn | SecondStepWanted>;
  takeSecondStep(kind: "code" | "recovery", value: string): Promise<SignedIn>;
  signOut(): Promise<null>;
  changePassword(current: string, next: string): Promise<null>;
  setAvailable(available: boolean): Promise<{ available: boolean }>;
  queue(): Promise<{ entries: QueueEntry[]; at: string }>;
  conversations(view: "mine" | "closed" | "mentions"): Promise<{ conversations: ConversationRow[] }>;
  conversation(id: string): Promise<{ conversation: ConversationDetail }>;
  messages(id: string, after: number): Promise<{ messages: Message[]; read_seq?: number; delivered_seq?: number }>;
  claim(id: string): Promise<{ conversation: ConversationDetail }>;
  /** `seen`: the last message the agent saw; null sends whatever a colleague has said since. */
  send(id: string, clientId: string, text: string, seen?: number | null): Promise<{ id: string; seq: number }>;
  /** Sends the message that carries an uploaded file. */
  sendFile(id: string, clientId: string, file: string): Promise<{ id: string; seq: number }>;
  file(id: string): Promise<DownloadedFile>;
  /** `seen`: the last message the agent saw; what the customer wrote after it stops the closing. */
  close(id: string, resolution: string, note: string, seen: number): Promise<unknown>;
  returnToBot(id: string): Promise<unknown>;
  requeue(id: string, note: string): Promise<unknown>;
  searchArticles(query: string): Promise<{ articles: ArticleHit[] }>;
  article(id: string): Promise<{ article: Article }>;
  agents(): Promise<{ agents: AgentRow[] }>;
  addAgent(agent: { username: string; name: string; role: AgentRole }): Promise<{ agent: AgentRow; one_time_password: string }>;
  changeAgent(id: string, change: { active?: boolean; role?: AgentRole; name?: string }): Promise<unknown>;
  resetPassword(id: string): Promise<{ one_time_password: string }>;
  unanswered(): Promise<{ questions: UnansweredQuestion[] }>;
  exportEvidence(caseNumber: string, reason: string): Promise<DownloadedFile>;
  flags(filter: { state: FlagState | ""; type: string; page: number }): Promise<FlagList>;
  flag(id: string): Promise<{ flag: FlagDetail }>;
  actOnFlag(id: string, request: FlagRequest): Promise<{ flag: FlagDetail }>;
  exportFlags(days: { from: string; to: string }): Promise<DownloadedFile>;
  callbacks(): Promise<{ callbacks: Callback[]; at: string }>;
  takeCallback(id: string): Promise<{ callback: Callback; phone: string }>;
  recordCallback(id: string, outcome: CallbackOutcome): Promise<{ callback: Callback }>;
  outbox(state: string): Promise<{ messages: OutboxMessage[] }>;
  replay(id: string): Promise<{ message: OutboxMessage }>;
}

/** Where the browser downloads the unanswered questions. */
export const UNANSWERED_CSV = "/desk/api/unanswered.csv";

/** Binds the calls to one HTTP client. */
export function createDeskApi(http: Http): DeskApi {
  const part = encodeURIComponent;
  const conversation = (id: string): string => `/conversations/${part(id)}`;
  const withNote = (note: string): { note?: string } => (note.trim() === "" ? {} : { note: note.trim() });
  return {
    ...createAccountApi(http),
    board: createBoardApi(http),
    ...createCaseApi(http),
    me: () => http.call("GET", "/me"),
    signIn: (username, password) => http.call("POST", "/login", { username, password }),
    takeSecondStep: (kind, value) => http.call("POST", "/login/code", { [kind === "code" ? "code" : "recovery_code"]: value }),
    signOut: () => http.call("POST", "/logout", {}),
    changePassword: (current, next) => http.call("POST", "/password", { current, new: next }),
    setAvailable: (available) => http.call("PUT", "/me/availability", { available }),
    queue: () => http.call("GET", "/queue"),
    conversations: (view) => http.call("GET", `/conversations?view=${view}`),
    conversation: (id) => http.call("GET", conversation(id)),
    messages: (id, after) => http.call("GET", `${conversation(id)}/messages?after=${after}`),
    claim: (id) => http.call("POST", `${conversation(id)}/claim`, {}),
    send: (id, clientId, text, seen = null) => http.call("POST", `${conversation(id)}/messages`, { client_id: clientId, text, ...(seen === null ? {} : { seen }) }),
    sendFile: (id, clientId, file) => http.call("POST", `${conversation(id)}/messages`, { client_id: clientId, file }),
    file: (id) => http.download("GET", `/files/${part(id)}`),
    close: (id, resolution, note, seen) => http.call("POST", `${conversation(id)}/close`, { resolution, seen, ...withNote(note) }),
    returnToBot: (id) => http.call("POST", `${conversation(id)}/return`, {}),
    requeue: (id, note) => http.call("POST", `${conversation(id)}/requeue`, withNote(note)),
    searchArticles: (query) => http.call("GET", `/articles?q=${part(query)}`),
    article: (id) => http.call("GET", `/articles/${part(id)}`),
    agents: () => http.call("GET", "/agents"),
    addAgent: (agent) => http.call("POST", "/agents", agent),
    changeAgent: (id, change) => http.call("PUT", `/agents/${part(id)}`, change),
    resetPassword: (id) => http.call("POST", `/agents/${part(id)}/password`, {}),
    unanswered: () => http.call("GET", "/unanswered"),
    exportEvidence: (caseNumber, reason) => http.download("POST", `/cases/${part(caseNumber)}/evidence`, { reason }),
    flags: (filter) => http.call("GET", `/flags${query({ ...filter, page: String(filter.page) })}`),
    flag: (id) => http.call("GET", `/flags/${part(id)}`),
    actOnFlag: (id, { path, ...body }) => http.call("POST", `/flags/${part(id)}/${path}`, body),
    exportFlags: (days) => http.download("GET", `/flags/export.csv${query(days)}`),
    callbacks: () => http.call("GET", "/callbacks"),
    takeCallback: (id) => http.call("POST", `/callbacks/${part(id)}/take`, {}),
    recordCallback: (id, outcome) => http.call("POST", `/callbacks/${part(id)}/outcome`, { outcome }),
    outbox: (state) => http.call("GET", `/outbox${query({ state })}`),
    replay: (id) => http.call("POST", `/outbox/${part(id)}/replay`, {}),
  };
}

/** The part of an address after and with `?`, without what is left empty. */
function query(fields: Record<string, string>): string {
  const set = Object.entries(fields).filter(([, value]) => value !== "");
  return set.length === 0 ? "" : `?${new URLSearchParams(set)}`;
}
