import type { AgentRole } from "../../shared/protocol";

/** Hides what the server would refuse; the server decides. */
export function mayReadUnanswered(role: AgentRole): boolean {
  return role !== "agent";
}

export function mayServe(role: AgentRole): boolean {
  return role !== "compliance";
}

export function mayManageOutbox(role: AgentRole): boolean {
  return role === "supervisor" || role === "administrator";
}

export function mayExportFlags(role: AgentRole): boolean {
  return mayReadAnyConversation(role);
}

export function mayReadAnyConversation(role: AgentRole): boolean {
  return role === "supervisor" || role === "compliance" || role === "administrator";
}
