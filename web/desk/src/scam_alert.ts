import type { ConversationDetail, ScamCard } from "../../shared/protocol";

export type ScamAlertFact = NonNullable<ScamCard["alert"]>;

/** The grave cue that a serving agent has to be told of; null where there is none or it has been read. */
export function alertOf(detail: ConversationDetail | null, read: ReadonlySet<string>): ScamAlertFact | null {
  const alert = detail?.owner === "agent" ? (detail.card?.scam?.alert ?? null) : null;
  return alert !== null && !read.has(keyOf(alert)) ? alert : null;
}

/** One key an alert: a later cue is a new one. */
export function keyOf(alert: ScamAlertFact): string {
  return `${alert.message} ${alert.at}`;
}

/** The id of a message's element in the log. */
export function messageElement(id: string): string {
  return `message-${id}`;
}
