import type { Http, DownloadedFile } from "./http";

/** A place where the agent is signed in. */
export interface DeskSession {
  id: string;
  current: boolean;
  created_at: string;
  last_used_at: string;
  address: string;
  browser: string;
}
export interface SecondFactorState {
  /** Since when it is in use; null where it is not. */
  since: string | null;
  required: boolean;
  recovery_codes_left: number;
}
/** What an authenticator app needs; shown once. */
export interface SecondFactorOffer {
  secret: string;
  link: string;
  qr: string;
}
export interface AuditEntry {
  seq: number;
  at: string;
  actor: string;
  actor_name: string | null;
  action: string;
  action_text: string;
  subject: string;
  details: Record<string, unknown>;
}
export interface AuditPage {
  entries: AuditEntry[];
  more: boolean;
  people: { actor: string; name: string }[];
  actions: { code: string; text: string }[];
}
/** What is looked for in the audit trail; empty means everything. */
export type AuditFilter = Record<"actor" | "action" | "subject" | "from" | "to", string>;

/** The calls on one's own account, on other people's second factors, and on the audit trail. */
export interface AccountApi {
  deskSessions(): Promise<{ sessions: DeskSession[] }>;
  endDeskSession(id: string): Promise<null>;
  endOtherDeskSessions(): Promise<null>;
  secondFactor(): Promise<SecondFactorState>;
  beginSecondFactor(password: string): Promise<SecondFactorOffer>;
  confirmSecondFactor(code: string): Promise<{ recovery_codes: string[] }>;
  renewRecoveryCodes(code: string): Promise<{ recovery_codes: string[] }>;
  endSecondFactor(code: string): Promise<null>;
  requireSecondFactor(agent: string, isRequired: boolean): Promise<unknown>;
  resetSecondFactor(agent: string): Promise<null>;
  unlockAgent(agent: string): Promise<null>;
  audit(filter: AuditFilter, before: number | null): Promise<AuditPage>;
  exportAudit(filter: AuditFilter): Promise<DownloadedFile>;
}

export function createAccountApi(http: Http): AccountApi {
  const part = encodeURIComponent;
  return {
    deskSessions: () => http.call("GET", "/sessions"),
    endDeskSession: (id) => http.call("DELETE", `/sessions/${part(id)}`),
    endOtherDeskSessions: () => http.call("DELETE", "/sessions"),
    secondFactor: () => http.call("GET", "/second-factor"),
    beginSecondFactor: (password) => http.call("POST", "/second-factor/begin", { password }),
    confirmSecondFactor: (code) => http.call("POST", "/second-factor/confirm", { code }),
    renewRecoveryCodes: (code) => http.call("POST", "/second-factor/recovery-codes", { code }),
    endSecondFactor: (code) => http.call("POST", "/second-factor/end", { code }),
    requireSecondFactor: (agent, isRequired) => http.call("PUT", `/agents/${part(agent)}`, { second_factor_required: isRequired }),
    resetSecondFactor: (agent) => http.call("POST", `/agents/${part(agent)}/second-factor/reset`, {}),
    unlockAgent: (agent) => http.call("POST", `/agents/${part(agent)}/unlock`, {}),
    audit: (filter, before) => http.call("GET", `/audit${auditQuery(filter, before)}`),
    exportAudit: (filter) => http.download("GET", `/audit.csv${auditQuery(filter, null)}`),
  };
}

/** The part of an address after and with `?`, without what is left empty. */
export function auditQuery(filter: AuditFilter, before: number | null): string {
  const set = Object.entries(filter).map(([name, value]) => [name, value.trim()] as const).filter(([, value]) => value !== "");
  const query = new URLSearchParams(set.map(([name, value]) => [name, value]));
  if (before !== null) query.set("before", String(before));
  return query.size === 0 ? "" : `?${query}`;
}
