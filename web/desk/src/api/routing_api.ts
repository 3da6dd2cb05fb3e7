import type { Colleague, ConversationDetail, RoutingDecision, Team } from "../../../shared/protocol";
import type { Http } from "./http";

export interface TeamsAnswer {
  teams: Team[];
  agents: Colleague[];
  skills: { code: string; text: string }[];
  capacity: { least: number; most: number };
}
export type TeamFields = Omit<Team, "id">;
/** Where one's own conversation goes: to a colleague, or to a team, whose customer may have to wait. */
export type TransferTarget = { to_agent: string } | { to_team: string; may_wait: boolean };

/** Offers, passing on and teams: docs/protocol.md section 3. */
export interface RoutingApi {
  decline(id: string, reason: string): Promise<null>;
  transfer(id: string, target: TransferTarget, note: string): Promise<{ conversation: ConversationDetail }>;
  takeOver(id: string, reason: string): Promise<{ conversation: ConversationDetail }>;
  reassign(id: string, agent: string, reason: string): Promise<{ conversation: ConversationDetail }>;
  decisions(id: string): Promise<{ decisions: RoutingDecision[] }>;
  teams(): Promise<TeamsAnswer>;
  addTeam(team: TeamFields): Promise<{ team: Team }>;
  changeTeam(id: string, change: Partial<TeamFields>): Promise<{ team: Team }>;
  dissolveTeam(id: string): Promise<null>;
  setCapacity(agent: string, capacity: number): Promise<{ capacity: number }>;
}

/** Binds the calls to one HTTP client. */
export function createRoutingApi(http: Http): RoutingApi {
  const part = encodeURIComponent;
  const conversation = (id: string): string => `/conversations/${part(id)}`;
  return {
    decline: (id, reason) => http.call("POST", `${conversation(id)}/decline`, { reason }),
    transfer: (id, target, note) => http.call("POST", `${conversation(id)}/transfer`, { ...target, note: note.trim() }),
    takeOver: (id, reason) => http.call("POST", `${conversation(id)}/takeover`, { reason: reason.trim() }),
    reassign: (id, agent, reason) => http.call("POST", `${conversation(id)}/reassign`, { agent, reason: reason.trim() }),
    decisions: (id) => http.call("GET", `${conversation(id)}/routing`),
    teams: () => http.call("GET", "/teams"),
    addTeam: (team) => http.call("POST", "/teams", team),
    changeTeam: (id, change) => http.call("PUT", `/teams/${part(id)}`, change),
    dissolveTeam: (id) => http.call("DELETE", `/teams/${part(id)}`),
    setCapacity: (agent, capacity) => http.call("PUT", `/agents/${part(agent)}/capacity`, { capacity }),
  };
}
