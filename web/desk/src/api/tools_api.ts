import type { ConversationRow, Note } from "../../../shared/protocol";
import type { Http } from "./http";

export interface Colleague {
  id: string;
  name: string;
}
export interface Notification {
  id: string;
  kind: "mention" | "note";
  conversation: string;
  by: Colleague;
  preview: string;
  at: string;
  read: boolean;
}
export interface CannedVersion {
  number: number;
  title: string;
  body: string;
  state: "draft" | "approved" | "retired";
  by: string;
  at: string;
  decided_by: string | null;
  decided_at: string | null;
  note: string | null;
}
export interface CannedReply {
  id: string;
  shortcut: string;
  folder: string;
  shared: boolean;
  used: number;
  title: string;
  /** The wording in use; null while none was approved. */
  body: string | null;
  draft: CannedVersion | null;
  versions: CannedVersion[];
  may: ("revise" | "approve" | "send_back" | "retire")[];
}
export interface CannedWording {
  shortcut: string;
  folder: string;
  title: string;
  body: string;
}
export interface Variable {
  name: string;
  title: string;
}
export interface ViewFilter {
  owner?: string;
  agent?: string;
  team?: string;
  priority?: string;
  reason?: string;
  topic?: string;
  channel?: string;
  case_type?: string;
  verified?: boolean;
  waiting_minutes?: number;
}
export interface SavedView {
  id: string;
  name: string;
  filter: ViewFilter;
  shared: boolean;
  may_change: boolean;
  count: number;
}
export interface ViewDraft {
  name: string;
  filter: ViewFilter;
  shared: boolean;
}
export interface Revealed {
  name: string;
  identities: { channel: string; id: string }[];
  until: string;
}

/** The calls of the agents' tools: notes, notifications, canned replies, views, and what is hidden. */
export interface ToolsApi {
  notes(conversation: string): Promise<{ notes: Note[] }>;
  writeNote(conversation: string, note: { client_id: string; text: string; mentions: string[] }): Promise<{ id: string }>;
  colleagues(): Promise<{ colleagues: Colleague[] }>;
  notifications(): Promise<{ notifications: Notification[]; unread: number }>;
  markRead(conversation: string | null): Promise<{ unread: number }>;
  cannedReplies(): Promise<{ replies: CannedReply[]; variables: Variable[] }>;
  proposeReply(wording: CannedWording, shared: boolean): Promise<{ reply: CannedReply }>;
  reviseReply(id: string, wording: CannedWording): Promise<{ reply: CannedReply }>;
  approveReply(id: string): Promise<unknown>;
  sendBackReply(id: string, note: string): Promise<unknown>;
  retireReply(id: string): Promise<unknown>;
  useReply(id: string, conversation: string): Promise<{ text: string; gaps: string[] }>;
  views(): Promise<{ views: SavedView[] }>;
  saveView(view: ViewDraft): Promise<{ view: SavedView }>;
  changeView(id: string, view: ViewDraft): Promise<{ view: SavedView }>;
  deleteView(id: string): Promise<unknown>;
  viewRows(id: string): Promise<{ conversations: ConversationRow[] }>;
  revealed(conversation: string): Promise<{ revealed: Revealed | null }>;
  reveal(conversation: string, reason: string): Promise<{ revealed: Revealed }>;
}

/** Binds the calls to one HTTP client. */
export function createToolsApi(http: Http): ToolsApi {
  const part = encodeURIComponent;
  const conversation = (id: string): string => `/conversations/${part(id)}`;
  const reply = (id: string): string => `/canned-replies/${part(id)}`;
  const view = (id: string): string => `/views/${part(id)}`;
  return {
    notes: (id) => http.call("GET", `${conversation(id)}/notes`),
    writeNote: (id, note) => http.call("POST", `${conversation(id)}/notes`, note),
    colleagues: () => http.call("GET", "/colleagues"),
    notifications: () => http.call("GET", "/notifications"),
    markRead: (id) => http.call("POST", "/notifications/read", id === null ? {} : { conversation: id }),
    cannedReplies: () => http.call("GET", "/canned-replies"),
    proposeReply: (wording, shared) => http.call("POST", "/canned-replies", { ...wording, shared }),
    reviseReply: (id, wording) => http.call("PUT", reply(id), wording),
    approveReply: (id) => http.call("POST", `${reply(id)}/approve`, {}),
    sendBackReply: (id, note) => http.call("POST", `${reply(id)}/send-back`, { note }),
    retireReply: (id) => http.call("DELETE", reply(id)),
    useReply: (id, opened) => http.call("POST", `${reply(id)}/use`, { conversation: opened }),
    views: () => http.call("GET", "/views"),
    saveView: (draft) => http.call("POST", "/views", draft),
    changeView: (id, draft) => http.call("PUT", view(id), draft),
    deleteView: (id) => http.call("DELETE", view(id)),
    viewRows: (id) => http.call("GET", `${view(id)}/conversations`),
    revealed: (id) => http.call("GET", `${conversation(id)}/reveal`),
    reveal: (id, reason) => http.call("POST", `${conversation(id)}/reveal`, { reason }),
  };
}
