import { expect, it } from "vitest";
import { auditQuery } from "./api/account_api";
import { actorText, detailLines, emptyAuditFilter, hasWrongDays } from "./audit_text";
import { texts } from "./texts";

it.each([
  [{ actor: "agent:1", actor_name: "林静" }, "林静"],
  [{ actor: "bot", actor_name: null }, texts.audit.actors["bot"]],
  [{ actor: "operator:ops", actor_name: null }, "operator:ops"],
])("%o is shown as %s", (entry, shown) => {
  expect(actorText(entry)).toBe(shown);
});

it("shows details one a line", () => {
  expect(detailLines({ page: 2, reason: "核对", flags: ["a", "b"] })).toEqual(["page: 2", "reason: 核对", 'flags: ["a","b"]']);
});

it("asks only for what is filled in", () => {
  expect(auditQuery(emptyAuditFilter(), null)).toBe("");
  expect(auditQuery({ ...emptyAuditFilter(), subject: " case:1 ", from: "2026-11-01" }, 7)).toBe("?subject=case%3A1&from=2026-11-01&before=7");
});

it.each([
  ["", "", false],
  ["2026-11-02", "2026-11-02", false],
  ["2026-11-03", "2026-11-02", true],
  ["2026-11-03", "", false],
])("days %s to %s: %s", (from, to, wrong) => {
  expect(hasWrongDays({ from, to })).toBe(wrong);
});
