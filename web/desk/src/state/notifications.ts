import { reactive } from "vue";
import type { Notification, ToolsApi } from "../api/tools_api";
import { explain } from "../api/http";

export interface NotificationsState {
  unread: number;
  items: Notification[];
  phase: "loading" | "ready" | "error";
  problem: string;
}

/** What colleagues have told this agent in notes. */
export class Notifications {
  readonly state: NotificationsState = reactive({ unread: 0, items: [], phase: "loading", problem: "" });

  constructor(
    private readonly api: ToolsApi,
    private readonly onNew: (count: number) => void,
  ) {}

  /** Takes the number that the server tells; more than before is news. */
  applyUnread(unread: number): void {
    const isMore = unread > this.state.unread;
    this.state.unread = unread;
    if (isMore) this.onNew(unread);
  }

  async load(): Promise<void> {
    try {
      const { notifications, unread } = await this.api.notifications();
      Object.assign(this.state, { items: notifications, unread, phase: "ready", problem: "" });
    } catch (error) {
      if (this.state.phase !== "ready") Object.assign(this.state, { phase: "error", problem: explain(error) });
    }
  }

  /** Marks those of one conversation as read, or all; a failure is mended by the next number from the server. */
  async markRead(conversation: string | null): Promise<void> {
    if (this.state.unread === 0) return;
    try {
      this.state.unread = (await this.api.markRead(conversation)).unread;
      for (const item of this.state.items) if (conversation === null || item.conversation === conversation) item.read = true;
    } catch {
      // They stay unread, which is true.
    }
  }

  clear(): void {
    Object.assign(this.state, { unread: 0, items: [], phase: "loading", problem: "" });
  }
}
