import { readJson, writeJson, type KeyValueStorage } from "../storage";

/** A customer's session as it is kept in the browser and shared by its tabs. */
export interface StoredSession {
  token: string;
  expiresAt: string;
  verified: boolean;
  /** Whose session it is in the host app's words (`sub`); null for a guest. */
  subject: string | null;
  /** Conversations of this session, oldest first, the current one last. */
  conversations: string[];
}

// Enough to scroll back over; each costs one question at the start.
const KEPT_CONVERSATIONS = 5;

/** Where the session lives; one for each server. */
export class SessionStore {
  readonly key: string;
  readonly #storage: KeyValueStorage;
  readonly #now: () => number;

  constructor(storage: KeyValueStorage, server: string, now: () => number) {
    this.key = `xiaobao:session:${server}`;
    this.#storage = storage;
    this.#now = now;
  }

  /** Returns the stored session unless it has expired. */
  read(): StoredSession | null {
    const session = readJson(this.#storage, this.key, isSession);
    return session && !(Date.parse(session.expiresAt) <= this.#now()) ? session : null;
  }

  write(session: StoredSession): void {
    writeJson(this.#storage, this.key, session);
  }

  /** Notes the current conversation; returns the session as it is now. */
  remember(session: StoredSession, conversation: string): StoredSession {
    if (session.conversations[session.conversations.length - 1] === conversation) return session;
    const conversations = [...session.conversations.filter((other) => other !== conversation), conversation].slice(-KEPT_CONVERSATIONS);
    const updated = { ...session, conversations };
    this.write(updated);
    return updated;
  }

  clear(): void {
    this.#storage.removeItem(this.key);
  }
}

function isSession(value: unknown): value is StoredSession {
  if (typeof value !== "object" || value === null) return false;
  const { token, expiresAt, conversations } = value as Partial<StoredSession>;
  return typeof token === "string" && token !== "" && typeof expiresAt === "string" && Array.isArray(conversations);
}
