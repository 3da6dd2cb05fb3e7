import type { AgentRole, Broadcast, CaseLabel, Priority } from "../../../shared/protocol";
import type { Http } from "./http";

export interface BoardBand {
  priority: Priority;
  waiting: number;
  oldest_since: string | null;
}
export interface BoardAgent {
  id: string;
  name: string;
  role: AgentRole;
  state: "available" | "away" | "offline";
  carried: number;
  capacity: number;
}
export interface DuePromise {
  kind: string;
  title: string;
  due_at: string;
  state: "running" | "warning" | "breached";
  conversation: string | null;
  case: CaseLabel | null;
  agent: { id: string; name: string } | null;
}
export interface BoardState {
  at: string;
  queue: BoardBand[];
  agents: BoardAgent[];
  due: DuePromise[];
}
export interface FigurePart {
  id: string;
  title: string;
  count: number;
}
/** One figure with its formula and sample; `value` is null where the sample is smaller than `least`. */
export interface Figure {
  id: string;
  title: string;
  formula: string;
  source: string;
  unit: "count" | "share" | "seconds" | "fen";
  value: number | null;
  numerator: number | null;
  denominator: number | null;
  sample: number;
  least: number;
  parts: FigurePart[];
  hours: number[];
}
export interface FiguresReport {
  day: string;
  at: string;
  first_contacts: { from: string; to: string };
  figures: Figure[];
}
export interface OwnRatings {
  days: number;
  count: number;
  mean: number | null;
  scores: Record<string, number>;
  solved: number;
  not_solved: number;
  reasons: { code: string; text: string; count: number }[];
  last: { at: string; score: number | null; solved: boolean | null; reasons: string[]; comment: string }[];
}

/** What the board, the banner and one's own ratings ask of the server. */
export interface BoardApi {
  state(): Promise<BoardState>;
  figures(day: string): Promise<FiguresReport>;
  broadcasts(): Promise<{ broadcasts: Broadcast[] }>;
  announce(text: string, minutes: number): Promise<unknown>;
  withdraw(id: string): Promise<unknown>;
  takeOver(conversation: string, reason: string): Promise<unknown>;
  reassign(conversation: string, agent: string, reason: string): Promise<unknown>;
  /** An internal note which tells the agent who serves. */
  whisper(conversation: string, text: string, agent: string): Promise<unknown>;
  ownRatings(): Promise<OwnRatings>;
}

export function createBoardApi(http: Http): BoardApi {
  const at = (id: string): string => `/conversations/${encodeURIComponent(id)}`;
  return {
    state: () => http.call("GET", "/board"),
    figures: (day) => http.call("GET", day === "" ? "/figures" : `/figures?day=${encodeURIComponent(day)}`),
    broadcasts: () => http.call("GET", "/broadcasts"),
    announce: (text, minutes) => http.call("POST", "/broadcasts", { text, minutes }),
    withdraw: (id) => http.call("DELETE", `/broadcasts/${encodeURIComponent(id)}`),
    takeOver: (conversation, reason) => http.call("POST", `${at(conversation)}/takeover`, { reason }),
    reassign: (conversation, agent, reason) => http.call("POST", `${at(conversation)}/reassign`, { agent, reason }),
    whisper: (conversation, text, agent) => http.call("POST", `${at(conversation)}/notes`, { client_id: crypto.randomUUID(), text, mentions: [agent] }),
    ownRatings: () => http.call("GET", "/me/ratings"),
  };
}
