import { reactive } from "vue";
import type { LostConversation, QueueEntry } from "../../../shared/protocol";

/** What waits for this agent's answer, in the order of the queue. */
export function offersFor(entries: readonly QueueEntry[], agent: string | null): QueueEntry[] {
  return agent === null ? [] : entries.filter((entry) => entry.offer?.agent.id === agent);
}

/** Whole seconds until an offer runs out, by the server's clock; never negative. */
export function secondsLeft(until: string, now: number, skew: number): number {
  const end = Date.parse(until);
  return Number.isNaN(end) ? 0 : Math.max(0, Math.ceil((end - now - skew) / 1000));
}

/** Offers to this agent, and what was taken from them; each is told once. */
export class Offers {
  readonly state: { offers: QueueEntry[]; lost: LostConversation[] } = reactive({ offers: [], lost: [] });
  #told = new Set<string>();
  #dismissed = new Set<string>();
  #lost: LostConversation[] = [];

  constructor(private readonly onFresh: (fresh: QueueEntry[]) => void) {}

  /** Takes the queue as it is now. The same conversation offered again later is told again. */
  look(entries: readonly QueueEntry[], agent: string | null): void {
    const offers = offersFor(entries, agent);
    const keyOf = (entry: QueueEntry): string => `${entry.conversation} ${entry.offer?.until ?? ""}`;
    const fresh = offers.filter((entry) => !this.#told.has(keyOf(entry)));
    this.#told = new Set(offers.map(keyOf));
    this.state.offers = offers;
    if (fresh.length > 0) this.onFresh(fresh);
  }

  applyLost(lost: LostConversation[]): void {
    this.#lost = lost;
    this.#show();
  }

  /** The agent has read it. */
  dismiss(id: string): void {
    this.#dismissed.add(id);
    this.#show();
  }

  clear(): void {
    this.#told.clear();
    this.#dismissed.clear();
    this.#lost = [];
    Object.assign(this.state, { offers: [], lost: [] });
  }

  #show(): void {
    this.state.lost = this.#lost.filter((one) => !this.#dismissed.has(one.id));
  }
}
