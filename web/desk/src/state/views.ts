import { reactive } from "vue";
import type { Clock, Timer } from "../../../shared/client/clock";
import type { ConversationRow } from "../../../shared/protocol";
import { explain } from "../api/http";
import type { SavedView, ToolsApi, ViewDraft } from "../api/tools_api";

export interface ViewsState {
  views: SavedView[];
  /** The view that is shown in place of a list; null shows the lists. */
  current: string | null;
  rows: ConversationRow[];
  phase: "loading" | "ready" | "error";
  problem: string;
}

/** Changes of conversations that no list tells of (the bot's) are found by looking again. */
const AGAIN_MILLISECONDS = 5_000;
/** Many changes in a moment are one look. */
const SOON_MILLISECONDS = 500;

/** The agent's saved views, and the rows of the one that is open. */
export class Views {
  readonly state: ViewsState = reactive({ views: [], current: null, rows: [], phase: "loading", problem: "" });
  #timer: Timer | null = null;
  #asked = 0;

  constructor(
    private readonly api: ToolsApi,
    private readonly clock: Clock,
  ) {}

  async loadViews(): Promise<void> {
    try {
      this.state.views = (await this.api.views()).views;
    } catch {
      // The names already here are better than none; the rows say when something is wrong.
    }
  }

  /** Shows a view, and keeps it up to date while it is shown; null shows none. */
  async open(id: string | null): Promise<void> {
    if (id === this.state.current) return;
    this.#asked += 1;
    Object.assign(this.state, { current: id, rows: [], phase: "loading", problem: "" });
    this.#wait(null);
    if (id !== null) await this.refresh();
  }

  /** Something has changed: looks again soon. */
  hint(): void {
    if (this.state.current !== null) this.#wait(SOON_MILLISECONDS);
  }

  async refresh(): Promise<void> {
    const { current } = this.state;
    if (current === null) return;
    this.#asked += 1;
    const number = this.#asked;
    try {
      const [{ conversations }] = await Promise.all([this.api.viewRows(current), this.loadViews()]);
      // A slow answer to an earlier choice must not replace a newer one.
      if (number !== this.#asked) return;
      Object.assign(this.state, { rows: conversations, phase: "ready", problem: "" });
    } catch (error) {
      if (number !== this.#asked) return;
      if (this.state.phase !== "ready") Object.assign(this.state, { phase: "error", problem: explain(error) });
    }
    this.#wait(AGAIN_MILLISECONDS);
  }

  /** Saves a new view, or changes the one with this id, and shows it. */
  async save(id: string | null, draft: ViewDraft): Promise<void> {
    const { view } = id === null ? await this.api.saveView(draft) : await this.api.changeView(id, draft);
    await this.loadViews();
    if (view.id === this.state.current) await this.refresh();
    else await this.open(view.id);
  }

  async remove(id: string): Promise<void> {
    await this.api.deleteView(id);
    if (id === this.state.current) await this.open(null);
    await this.loadViews();
  }

  clear(): void {
    this.#asked += 1;
    this.#wait(null);
    Object.assign(this.state, { views: [], current: null, rows: [], phase: "loading", problem: "" });
  }

  #wait(milliseconds: number | null): void {
    this.clock.clearTimeout(this.#timer);
    this.#timer = milliseconds === null ? null : this.clock.setTimeout(() => void this.refresh(), milliseconds);
  }
}
