import type { AgentRole } from "../../shared/protocol";

/** Hides what the server would refuse; the server decides. */
export function mayReadUnanswered(role: AgentRole): boolean {
  return role !== "agent";
}

export function mayServe(role: AgentRole): boolean {
  return role !== "compliance";
}
