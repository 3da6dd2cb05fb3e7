import { reactive } from "vue";
import type { CannedReply, Variable, ToolsApi } from "../api/tools_api";
import { explain } from "../api/http";

export interface CannedState {
  replies: CannedReply[];
  variables: Variable[];
  phase: "loading" | "ready" | "error";
  problem: string;
}

/** The canned replies that this agent may use, kept here so that the palette answers at once. */
export class CannedReplies {
  readonly state: CannedState = reactive({ replies: [], variables: [], phase: "loading", problem: "" });

  constructor(private readonly api: ToolsApi) {}

  async load(): Promise<void> {
    try {
      Object.assign(this.state, await this.api.cannedReplies(), { phase: "ready", problem: "" });
    } catch (error) {
      // What is known already can still be used.
      if (this.state.phase !== "ready") Object.assign(this.state, { phase: "error", problem: explain(error) });
    }
  }

  clear(): void {
    Object.assign(this.state, { replies: [], variables: [], phase: "loading", problem: "" });
  }
}
