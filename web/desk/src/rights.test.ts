import { expect, it } from "vitest";
import { may, needs, type Holder } from "./rights";

const reader: Holder = { rights: ["read_queue", "read_audit"] };

it.each([
  [reader, "read_audit", true],
  [reader, "manage_agents", false],
  [{ rights: [] }, "read_queue", false],
  [null, "read_queue", false],
] as const)("%o may %s: %s", (agent, right, allowed) => {
  expect(may(agent, right)).toBe(allowed);
  expect(needs(right)(agent)).toBe(allowed);
});
