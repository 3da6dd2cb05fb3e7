import { beforeEach, describe, expect, it, vi } from "vitest";
import { browserClock } from "../../../shared/client/clock";
import type { ToolsApi, ViewDraft } from "../api/tools_api";
import { Views } from "./views";

describe("Views", () => {
  let stored: Record<string, string[]>;
  let isBroken: boolean;
  let views: Views;
  const ids = (): string[] => views.state.rows.map((row) => row.id);

  beforeEach(() => {
    vi.useFakeTimers();
    stored = { urgent: ["c1"], late: ["c2"] };
    isBroken = false;
    const api = {
      views: async () => ({ views: Object.keys(stored).map((id) => ({ id, name: id, filter: {}, shared: false, may_change: true, count: stored[id]?.length ?? 0 })) }),
      viewRows: async (id: string) => {
        if (isBroken) throw new Error("no network");
        return { conversations: (stored[id] ?? []).map((conversation) => ({ id: conversation })) };
      },
      saveView: async (draft: ViewDraft) => {
        stored[draft.name] = ["c3"];
        return { view: { id: draft.name } };
      },
      deleteView: async (id: string) => {
        delete stored[id];
      },
    } as unknown as ToolsApi;
    views = new Views(api, browserClock);
  });

  it("shows the rows of the view that is chosen, and its count", async () => {
    await views.open("urgent");

    expect(ids()).toEqual(["c1"]);
    expect(views.state.views.map((view) => view.count)).toEqual([1, 1]);
  });

  it("shows a new conversation without being asked", async () => {
    await views.open("urgent");
    stored.urgent = ["c1", "new"];

    await vi.advanceTimersByTimeAsync(5_000);

    expect(ids()).toEqual(["c1", "new"]);
  });

  it("looks again soon after a hint, once for many", async () => {
    await views.open("urgent");
    stored.urgent = ["new"];
    for (let index = 0; index < 5; index += 1) views.hint();

    await vi.advanceTimersByTimeAsync(500);

    expect(ids()).toEqual(["new"]);
  });

  it("leaves alone when nothing is shown", async () => {
    await views.open("urgent");
    await views.open(null);
    views.hint();

    await vi.advanceTimersByTimeAsync(60_000);

    expect([views.state.current, ids()]).toEqual([null, []]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps what it shows when the network goes, and says so where there is nothing", async () => {
    await views.open("urgent");
    isBroken = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect([views.state.phase, ids()]).toEqual(["ready", ["c1"]]);

    await views.open("late");
    expect(views.state.phase).toBe("error");
  });

  it("opens what was saved and leaves what was removed", async () => {
    await views.save(null, { name: "mine", filter: {}, shared: false });
    expect([views.state.current, ids()]).toEqual(["mine", ["c3"]]);

    await views.remove("mine");
    expect([views.state.current, views.state.views.length]).toEqual([null, 2]);
  });
});
