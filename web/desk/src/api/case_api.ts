import type { CaseDetail, CaseRow, MergePreview } from "../../../shared/cases";
import type { Http } from "./http";

export interface CaseList {
  cases: CaseRow[];
  page: number;
  pages: number;
  total: number;
}
/** What is looked for; empty means everything. */
export type CaseFilter = Record<"status" | "type" | "owner" | "q", string>;

export type FieldValue = string | number | boolean | null;
/** What somebody does with a case, by the end of the address. */
export type CaseRequest =
  | { path: "state"; status: string; reason: string }
  | { path: "fields"; fields: Record<string, FieldValue> }
  | { path: "owner"; agent: string | null; reason: string }
  | { path: "close"; resolution: string; details: Record<string, FieldValue>; note: string }
  | { path: "link" | "unlink"; conversation: string; reason: string }
  | { path: "relate" | "unrelate"; case: string; kind: string; reason: string }
  | { path: "merge"; case: string; choices: Record<string, "winner" | "loser">; seen: MergePreview["seen"]; reason: string }
  | { path: "undo-merge"; merge: string; reason: string };

/** The calls on cases; a case is named by its id or its number. */
export interface CaseApi {
  cases(filter: CaseFilter, page: number): Promise<CaseList>;
  case(key: string): Promise<{ case: CaseDetail }>;
  openCase(conversation: string, type: string, summary: string): Promise<{ case: CaseDetail }>;
  actOnCase(id: string, request: CaseRequest): Promise<{ case: CaseDetail }>;
  previewMerge(id: string, other: string): Promise<{ preview: MergePreview }>;
  caseOwners(): Promise<{ agents: { id: string; name: string }[] }>;
}

export function createCaseApi(http: Http): CaseApi {
  const one = (key: string): string => `/cases/${encodeURIComponent(key)}`;
  return {
    cases(filter, page) {
      const set = Object.entries(filter).filter(([, value]) => value !== "");
      return http.call("GET", `/cases?${new URLSearchParams([...set, ["page", String(page)]])}`);
    },
    case: (key) => http.call("GET", one(key)),
    openCase: (conversation, type, summary) => http.call("POST", "/cases", { conversation, type, summary }),
    actOnCase: (id, { path, ...body }) => http.call("POST", `${one(id)}/${path}`, body),
    previewMerge: (id, other) => http.call("POST", `${one(id)}/merge/preview`, { case: other }),
    caseOwners: () => http.call("GET", "/case-owners"),
  };
}
