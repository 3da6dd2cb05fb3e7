import type { CaseField } from "../../shared/cases";
import type { FieldValue } from "./api/case_api";
import { texts } from "./texts";

/** What a form holds: every field as the text that its control shows. */
export type Draft = Record<string, string>;

const MONEY = /^\d{1,8}(\.\d{1,2})?$/;
const NUMBER = /^\d{1,5}$/;

/** Fen as a person writes yuan: 1234.50, 12. */
export function yuanText(fen: number): string {
  const cents = String(fen % 100).padStart(2, "0");
  return cents === "00" ? String(Math.floor(fen / 100)) : `${Math.floor(fen / 100)}.${cents}`;
}

/** A value of the server as its control shows it. */
export function draftOf(field: CaseField, value: FieldValue): string {
  if (value === null) return "";
  if (field.kind === "flag") return value === true ? "yes" : "no";
  return field.kind === "money" && typeof value === "number" ? yuanText(value) : String(value);
}

/** Fills a form from what the server knows. */
export function draftsOf(fields: readonly (CaseField & { value?: FieldValue })[]): Draft {
  return Object.fromEntries(fields.map((field) => [field.name, draftOf(field, field.value ?? null)]));
}

/** What was filled in, as the server takes it, or what is wrong with it in words. */
export function readField(field: CaseField, text: string): { value: FieldValue } | { problem: string } {
  const trimmed = text.trim();
  if (trimmed === "") return field.is_required ? { problem: texts.cases.missing(field.label) } : { value: null };
  if (field.kind === "flag") return { value: trimmed === "yes" };
  if (field.kind === "number") return NUMBER.test(trimmed) ? { value: Number(trimmed) } : { problem: texts.cases.invalidNumber(field.label) };
  if (field.kind !== "money") return { value: trimmed };
  if (!MONEY.test(trimmed)) return { problem: texts.cases.invalidMoney(field.label) };
  // By its digits: a product such as 1.15 * 100 is not 115.
  const [yuan = "0", cents = ""] = trimmed.split(".");
  return { value: Number(yuan) * 100 + Number(cents.padEnd(2, "0")) };
}

/** All fields of a form as the server takes them, or the first problem. */
export function readForm(fields: readonly CaseField[], draft: Draft): { values: Record<string, FieldValue> } | { problem: string } {
  const values: Record<string, FieldValue> = {};
  for (const field of fields) {
    const read = readField(field, draft[field.name] ?? "");
    if ("problem" in read) return read;
    values[field.name] = read.value;
  }
  return { values };
}

/** Only what differs from what the server knows: a colleague's change of another field is not undone. */
export function changedOnly(fields: readonly (CaseField & { value: FieldValue })[], draft: Draft): (CaseField & { value: FieldValue })[] {
  return fields.filter((field) => (draft[field.name] ?? "").trim() !== draftOf(field, field.value).trim());
}
