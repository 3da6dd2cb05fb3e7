import { reactive } from "vue";
import type { ConversationRow, QueueEntry } from "../../../shared/protocol";
import type { DeskApi } from "../api/desk_api";
import { explain } from "../api/http";

export type ListName = "queue" | "mine" | "closed" | "mentions";

export const LIST_NAMES: readonly ListName[] = ["queue", "mine", "closed", "mentions"];

export interface ListState<Row> {
  rows: Row[];
  phase: "loading" | "ready" | "error";
  problem: string;
}

export interface ListsState {
  queue: ListState<QueueEntry>;
  mine: ListState<ConversationRow>;
  closed: ListState<ConversationRow>;
  mentions: ListState<ConversationRow>;
  /** Server clock minus this computer's, in milliseconds: waiting times must not depend on a wrong desk clock. */
  skew: number;
}

const empty = <Row>(): ListState<Row> => ({ rows: [], phase: "loading", problem: "" });

/** The lists of the left column. */
export class Lists {
  readonly state: ListsState = reactive({ queue: empty<QueueEntry>(), mine: empty<ConversationRow>(), closed: empty<ConversationRow>(), mentions: empty<ConversationRow>(), skew: 0 });
  #knownUrgent: Set<string> | null = null;

  constructor(
    private readonly api: DeskApi,
    private readonly now: () => number,
    private readonly onUrgent: (entries: QueueEntry[]) => void,
  ) {}

  /** Takes a snapshot of the queue; tells about urgent entries that were not in the one before. */
  applyQueue(entries: QueueEntry[], at: string): void {
    const sorted = sortQueue(entries);
    Object.assign(this.state.queue, { rows: sorted, phase: "ready", problem: "" });
    const serverNow = Date.parse(at);
    if (!Number.isNaN(serverNow)) this.state.skew = serverNow - this.now();
    const urgent = sorted.filter((entry) => entry.priority === "urgent");
    const fresh = urgent.filter((entry) => this.#knownUrgent?.has(entry.conversation) !== true);
    this.#knownUrgent = new Set(urgent.map((entry) => entry.conversation));
    if (fresh.length > 0) this.onUrgent(fresh);
  }

  applyMine(conversations: ConversationRow[]): void {
    Object.assign(this.state.mine, { rows: conversations, phase: "ready", problem: "" });
  }

  /** The agent is looking at it, so its badge goes without waiting for the server. */
  markRead(conversation: string): void {
    const row = this.state.mine.rows.find((candidate) => candidate.id === conversation);
    if (row !== undefined) row.unread = 0;
  }

  /** Takes an entry out at once after a claim; the next snapshot confirms it. */
  takeOut(conversation: string): void {
    this.state.queue.rows = this.state.queue.rows.filter((entry) => entry.conversation !== conversation);
  }

  async load(name: ListName): Promise<void> {
    const list = this.state[name];
    if (list.phase === "error") list.phase = "loading";
    try {
      if (name === "queue") {
        const { entries, at } = await this.api.queue();
        this.applyQueue(entries, at);
      } else {
        const { conversations } = await this.api.conversations(name);
        if (name === "mine") this.applyMine(conversations);
        else Object.assign(this.state[name], { rows: conversations, phase: "ready", problem: "" });
      }
    } catch (error) {
      // Rows already on the screen are worth more than an error page; the connection bar tells that they are old.
      if (list.phase !== "ready") Object.assign(list, { phase: "error", problem: explain(error) });
    }
  }

  get unread(): number {
    return this.state.mine.rows.reduce((sum, row) => sum + row.unread, 0);
  }

  get urgent(): number {
    return this.state.queue.rows.filter((entry) => entry.priority === "urgent").length;
  }

  clear(): void {
    Object.assign(this.state, { queue: empty(), mine: empty(), closed: empty(), mentions: empty(), skew: 0 });
    this.#knownUrgent = null;
  }
}

const RANK = { urgent: 0, high: 1, normal: 2 } as const;

/** The server's routing order, with urgent entries first whatever their place. */
export function sortQueue(entries: readonly QueueEntry[]): QueueEntry[] {
  return [...entries].sort((a, b) => Number(RANK[a.priority] > 0) - Number(RANK[b.priority] > 0) || a.position - b.position);
}
