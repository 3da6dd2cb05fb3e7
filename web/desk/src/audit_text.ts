import type { AuditEntry, AuditFilter } from "./api/account_api";
import { texts } from "./texts";

/** Who did it, in words where there are any. */
export function actorText(entry: Pick<AuditEntry, "actor" | "actor_name">): string {
  return entry.actor_name ?? texts.audit.actors[entry.actor] ?? entry.actor;
}

/** The details as `name: value`, one a line. */
export function detailLines(details: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(details).map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
}

export function emptyAuditFilter(): AuditFilter {
  return { actor: "", action: "", subject: "", from: "", to: "" };
}

/** True where the days are the wrong way round. */
export function hasWrongDays(filter: Pick<AuditFilter, "from" | "to">): boolean {
  return filter.from !== "" && filter.to !== "" && filter.from > filter.to;
}
