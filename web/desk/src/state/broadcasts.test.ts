import { describe, expect, it } from "vitest";
import { Broadcasts } from "./broadcasts";

const NOW = Date.parse("2026-11-23T02:00:00Z");
const one = (id: string, expires_at: string): { id: string; text: string; by: string; at: string; expires_at: string } => ({ id, text: "通知", by: "梅二", at: "", expires_at });

describe("Broadcasts", () => {
  it("shows what is neither over nor put away", () => {
    const broadcasts = new Broadcasts({ broadcasts: () => Promise.reject(new Error()) });
    broadcasts.apply([one("a", "2026-11-23T03:00:00Z"), one("b", "2026-11-23T02:00:00Z"), one("c", "2026-11-23T02:00:01Z")]);
    broadcasts.hide("a");
    expect(broadcasts.shown(NOW).map(({ id }) => id)).toEqual(["c"]);
  });

  it("keeps what it has where asking fails", async () => {
    const broadcasts = new Broadcasts({ broadcasts: () => Promise.reject(new Error()) });
    broadcasts.apply([one("a", "2026-11-23T03:00:00Z")]);
    await broadcasts.load();
    expect(broadcasts.shown(NOW)).toHaveLength(1);
  });
});
