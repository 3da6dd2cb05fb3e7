import { describe, expect, it } from "vitest";
import type { ConversationDetail, Owner } from "../../shared/protocol";
import { alertOf, keyOf } from "./scam_alert";

const alert = { level: "P0", state: "paid", state_text: "24 小时内已经转出", message: "m7", at: "2026-01-05T08:00:00Z" };
const detail = (owner: Owner, found: typeof alert | null): ConversationDetail => ({ owner, card: { scam: { alert: found } } }) as unknown as ConversationDetail;

describe("alertOf", () => {
  it("is for whoever serves", () => {
    expect(alertOf(detail("agent", alert), new Set())).toBe(alert);
    expect(alertOf(detail("queued", alert), new Set())).toBeNull();
    expect(alertOf(detail("closed", alert), new Set())).toBeNull();
  });

  it("stays away once it was read, and comes back for a later cue", () => {
    const read = new Set([keyOf(alert)]);
    expect(alertOf(detail("agent", alert), read)).toBeNull();
    const later = { ...alert, message: "m9" };
    expect(alertOf(detail("agent", later), read)).toBe(later);
  });

  it("needs a cue", () => {
    expect(alertOf(detail("agent", null), new Set())).toBeNull();
    expect(alertOf(null, new Set())).toBeNull();
    expect(alertOf({ owner: "agent", card: { scam: null } } as unknown as ConversationDetail, new Set())).toBeNull();
  });
});
