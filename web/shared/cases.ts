import type { CustomerLabel, Owner, Priority } from "./protocol";

/** Cases as the desk sees them (docs/protocol.md, section 3). */
export interface ClockLabel {
  kind: string;
  title: string;
  due_at: string;
  state: "running" | "paused" | "warning" | "breached" | "met";
}
export interface CaseRow {
  id: string;
  number: string;
  type: string;
  type_text: string;
  status: string;
  status_text: string;
  priority: Priority;
  customer: CustomerLabel;
  owner: { id: string; name: string } | null;
  summary: string;
  opened_at: string;
  updated_at: string;
  closed_at: string | null;
  /** What is owed first. */
  due: ClockLabel | null;
}
export interface CaseField {
  name: string;
  label: string;
  /** money is in fen, day is YYYY-MM-DD in Beijing. */
  kind: "text" | "long_text" | "money" | "number" | "choice" | "flag" | "day";
  most: number | null;
  choices: { code: string; text: string }[];
  is_required: boolean;
}
export interface CaseClosing {
  code: string;
  text: string;
  details: CaseField[];
}
export interface CaseConversation {
  id: string;
  channel: string;
  owner: Owner;
  opened_at: string;
  closed_at: string | null;
}
export interface CaseLink {
  id: string;
  number: string;
  type_text: string;
  status: string;
  status_text: string;
}
export interface LabelledText {
  label: string;
  text: string;
}
export interface CaseEvent {
  seq: number;
  kind: string;
  kind_text: string;
  by: string;
  at: string;
  details: LabelledText[];
}
export interface CaseDetail extends CaseRow {
  resolution: { code: string; text: string; details: LabelledText[] } | null;
  form: (CaseField & { value: string | number | boolean | null })[];
  /** What the conversation told, beside the form. */
  known: LabelledText[];
  moves: { status: string; text: string }[];
  closings: CaseClosing[];
  clocks: ClockLabel[];
  timeline: CaseEvent[];
  chain: { is_whole: boolean; broken_at: number | null; head: string };
  conversations: (CaseConversation & { can_open: boolean })[];
  linkable: CaseConversation[];
  attachments: { message: string; conversation: string; at: string; file: { id: string; name?: string; type?: string; size?: number } }[];
  /** `case` is null where it is not the reader's to see. */
  related: { kind: string; kind_text: string; case: CaseLink | null }[];
  others: CaseLink[];
  merged_into: string | null;
  undoable_merge: string | null;
  may: ("fields" | "owner" | "assign" | "merge" | "link" | "relate")[];
}
export interface MergePreview {
  winner: CaseRow;
  loser: CaseRow;
  differing: { name: string; label: string; winner: string; loser: string }[];
  moved_conversations: number;
  is_other_customer: boolean;
  seen: { winner: number; loser: number };
}
