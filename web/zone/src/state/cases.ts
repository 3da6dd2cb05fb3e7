import { ApiError, type CustomerApi, type CustomerCase } from "../../../shared/client/api";
import { SessionStore } from "../../../shared/client/session_store";
import type { KeyValueStorage } from "../../../shared/storage";

/** The customer's own cases, or that nobody is signed in to whom they could be shown. */
export type OwnCases = CustomerCase[] | "guest";

/** Lists the customer's cases with the session that the chat keeps in this browser. */
export async function loadOwnCases(options: { api: CustomerApi; storage: KeyValueStorage; server: string; now: () => number }): Promise<OwnCases> {
  const session = new SessionStore(options.storage, options.server, options.now).read();
  if (!session?.verified) return "guest";
  try {
    return (await options.api.listCases(session.token)).cases;
  } catch (error) {
    // The browser's memory may be older than what the server knows.
    if (error instanceof ApiError && (error.code === "verification_required" || error.code === "session_invalid")) return "guest";
    throw error;
  }
}
