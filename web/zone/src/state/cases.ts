import type { CustomerApi, CustomerCase } from "../../../shared/client/api";
import { SessionStore } from "../../../shared/client/session_store";
import type { KeyValueStorage } from "../../../shared/storage";

/** Lists the customer's cases with the session that the chat keeps in this browser; none without one. */
export async function loadOwnCases(options: { api: CustomerApi; storage: KeyValueStorage; server: string; now: () => number }): Promise<CustomerCase[]> {
  const session = new SessionStore(options.storage, options.server, options.now).read();
  if (!session) return [];
  return (await options.api.listCases(session.token)).cases;
}
