import { ApiError, type CustomerApi } from "./api";
import { fetchHostToken, type HostToken } from "./host_token";
import type { SessionStore, StoredSession } from "./session_store";

/** Finds, opens and replaces the customer's session. */
export class SessionKeeper {
  readonly #api: CustomerApi;
  readonly #store: SessionStore;
  readonly #tokenUrl: string | null;
  readonly #fetch: typeof fetch;
  #current: StoredSession | null = null;
  #opening: Promise<StoredSession> | null = null;

  constructor(options: { api: CustomerApi; store: SessionStore; tokenUrl: string | null; fetch: typeof fetch }) {
    this.#api = options.api;
    this.#store = options.store;
    this.#tokenUrl = options.tokenUrl;
    this.#fetch = options.fetch;
  }

  get current(): StoredSession | null {
    return this.#current;
  }

  get storageKey(): string {
    return this.#store.key;
  }

  /**
   * Takes up the stored session, if there is one.
   *
   * Where the host page knows who is signed in, a session of someone else (or of someone who signed out) is not taken up, because
   * people share phones; then the answer is `foreign`.
   */
  async restore(): Promise<StoredSession | "foreign" | null> {
    const stored = this.#store.read();
    if (stored && this.#tokenUrl !== null) {
      const host = await fetchHostToken(this.#tokenUrl, this.#fetch);
      const isSamePerson = host === "unknown" || (host?.subject ?? null) === stored.subject;
      if (!isSamePerson) {
        this.forget();
        return "foreign";
      }
    }
    this.#current = stored;
    return stored;
  }

  /** Returns the current session or opens one; several callers share one opening. */
  ensure(): Promise<StoredSession> {
    if (this.#current) return Promise.resolve(this.#current);
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  remember(conversation: string): void {
    if (this.#current) this.#current = this.#store.remember(this.#current, conversation);
  }

  /** Drops the session, after the server refused it. */
  forget(): void {
    // Another tab may have replaced it already; that one is to be kept.
    if (this.#store.read()?.token === this.#current?.token || !this.#current) this.#store.clear();
    this.#current = null;
  }

  /** Takes over what another tab has stored and tells whether it is another session. */
  adopt(): boolean {
    const stored = this.#store.read();
    if (!stored || !this.#current) return false;
    const isOther = stored.token !== this.#current.token;
    this.#current = stored;
    return isOther;
  }

  async #open(): Promise<StoredSession> {
    const shared = this.#store.read();
    if (shared) return (this.#current = shared);
    const host = this.#tokenUrl === null ? null : await fetchHostToken(this.#tokenUrl, this.#fetch);
    const token = host === "unknown" ? null : host;
    const answer = await this.#openAs(token);
    const session: StoredSession = {
      token: answer.session,
      expiresAt: answer.expires_at,
      verified: answer.customer.verified,
      subject: answer.customer.verified ? (token?.subject ?? null) : null,
      conversations: [answer.conversation],
    };
    this.#store.write(session);
    return (this.#current = session);
  }

  /** Opens a session as the host's customer; as a guest when the host's token is refused, since help must not depend on it. */
  async #openAs(host: HostToken | null): ReturnType<CustomerApi["openSession"]> {
    if (!host) return this.#api.openSession(null);
    try {
      return await this.#api.openSession(host.token);
    } catch (error) {
      if (error instanceof ApiError && error.code === "token_invalid") return this.#api.openSession(null);
      throw error;
    }
  }
}
