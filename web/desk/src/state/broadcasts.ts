import { reactive } from "vue";
import type { Broadcast } from "../../../shared/protocol";
import type { BoardApi } from "../api/board_api";

/** Notices to everybody: told by the socket, and asked for again now and then in case that was missed. */
export class Broadcasts {
  readonly state: { all: readonly Broadcast[] } = reactive({ all: [] });
  readonly #api: Pick<BoardApi, "broadcasts">;
  readonly #hidden: Set<string> = reactive(new Set<string>());

  constructor(api: Pick<BoardApi, "broadcasts">) {
    this.#api = api;
  }

  apply(all: readonly Broadcast[]): void {
    this.state.all = all;
  }

  async load(): Promise<void> {
    try {
      this.apply((await this.#api.broadcasts()).broadcasts);
    } catch {
      // What was there stays; the next look may do better.
    }
  }

  /** What is shown at a moment: neither over nor put away on this page. */
  shown(now: number): Broadcast[] {
    return this.state.all.filter((one) => !this.#hidden.has(one.id) && Date.parse(one.expires_at) > now);
  }

  hide(id: string): void {
    this.#hidden.add(id);
  }

  clear(): void {
    this.state.all = [];
  }
}
