import { createApp, reactive, type App, type Component } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BoardState, Figure, FiguresReport } from "../api/board_api";
import { DeskError } from "../api/http";
import { deskKey, type Desk } from "../desk";
import { Broadcasts } from "../state/broadcasts";
import BoardPage from "./BoardPage.vue";
import RatingsPage from "./RatingsPage.vue";

const AT = "2026-11-23T02:00:00Z";
const figure = (fields: Partial<Figure>): Figure => ({
  id: "handoffs", title: "转人工", formula: "次数", source: "自拟", unit: "count", value: 5, numerator: null, denominator: null, sample: 5, least: 0, parts: [], hours: [], ...fields,
});
const board: BoardState = {
  at: AT,
  queue: [{ priority: "urgent", waiting: 1, oldest_since: AT }, { priority: "high", waiting: 0, oldest_since: null }],
  agents: [{ id: "a1", name: "林一", role: "agent", state: "offline", carried: 2, capacity: 5 }],
  due: [{ kind: "first_reply", title: "首次回复", due_at: "2020-01-01T00:00:00Z", state: "breached", conversation: "c1", case: { number: "XB-1", type: "scam", type_text: "诈骗求助" }, agent: { id: "a1", name: "林一" } }],
};
const report: FiguresReport = {
  day: "2026-11-23", at: AT, first_contacts: { from: "2026-11-09", to: "2026-11-15" },
  figures: [
    figure({ hours: Array.from({ length: 24 }, (_, hour) => (hour === 9 ? 5 : 0)) }),
    figure({ id: "human_satisfaction", title: "人工满意度", unit: "share", value: null, numerator: 2, denominator: 3, sample: 3, least: 30, parts: [{ id: "2", title: "2 分", count: 1 }, { id: "5", title: "5 分", count: 2 }] }),
  ],
};
const api = { state: vi.fn(), figures: vi.fn(), broadcasts: vi.fn(), ownRatings: vi.fn(), takeOver: vi.fn() };
let app: App | null = null;
let root: HTMLElement;

function show(component: Component, rights: string[]): void {
  const desk = { api: { board: api }, broadcasts: new Broadcasts(api), session: { state: reactive({ agent: { rights } }) }, openConversation: vi.fn() } as unknown as Desk;
  root = document.createElement("div");
  document.body.replaceChildren(root);
  app = createApp(component);
  app.provide(deskKey, desk);
  app.mount(root);
}
const textOf = (selector: string): string => root.querySelector(selector)?.textContent ?? "";

beforeEach(() => {
  api.state.mockResolvedValue(board);
  api.figures.mockResolvedValue(report);
  api.broadcasts.mockResolvedValue({ broadcasts: [] });
});
afterEach(() => app?.unmount());

describe("BoardPage", () => {
  it("shows queue, agents, what is due and figures with their plots", async () => {
    show(BoardPage, ["read_board", "assign", "broadcast", "read_any_conversation"]);
    await vi.waitFor(() => expect(root.querySelectorAll(".tile")).toHaveLength(2));
    expect(root.textContent).toContain("截至");
    expect(textOf('[data-band="urgent"]')).toContain("1");
    expect(root.textContent).toContain("2 / 5 个会话");
    expect(root.textContent).toContain("诈骗求助 XB-1");
    expect(root.textContent).toContain("已超");
    expect(root.querySelector('[data-figure="handoffs"] svg')?.getAttribute("aria-label")).toBe("转人工，按小时；最多的是 9 点，5");
    expect(textOf('[data-figure="human_satisfaction"] .value')).toBe("—");
    expect(textOf('[data-figure="human_satisfaction"]')).toContain("样本不足：3 / 30");
    expect(root.querySelectorAll('[data-figure="human_satisfaction"] tbody tr')).toHaveLength(2);
    expect([...root.querySelectorAll("button")].map((one) => one.textContent?.trim())).toEqual(expect.arrayContaining(["打开", "接管", "改派", "提示坐席", "发出"]));
  });

  it("offers nothing to whoever only reads", async () => {
    show(BoardPage, ["read_board"]);
    await vi.waitFor(() => expect(root.querySelectorAll(".tile")).toHaveLength(2));
    expect(root.querySelectorAll("button")).toHaveLength(0);
  });

  it("says what went wrong and tries again", async () => {
    api.state.mockRejectedValueOnce(new DeskError("network", "网络没有接通", 0));
    show(BoardPage, ["read_board"]);
    await vi.waitFor(() => expect(root.querySelector('[role="alert"]')?.textContent).toContain("网络没有接通"));
    root.querySelector<HTMLButtonElement>('[role="alert"] button')?.click();
    await vi.waitFor(() => expect(root.querySelectorAll(".tile")).toHaveLength(2));
  });
});

describe("RatingsPage", () => {
  it("shows mean, number and the last reasons", async () => {
    api.ownRatings.mockResolvedValue({ days: 30, count: 1, mean: 4, scores: { 4: 1 }, solved: 1, not_solved: 0, reasons: [{ code: "fast", text: "回复快", count: 1 }], last: [{ at: AT, score: 4, solved: true, reasons: ["回复快"], comment: "" }] });
    show(RatingsPage, ["serve"]);
    await vi.waitFor(() => expect(root.textContent).toContain("4.0"));
    expect(textOf("tbody tr")).toContain("解决了");
    expect(textOf("tbody tr")).toContain("没有留言");
  });

  it("says so where there are none", async () => {
    api.ownRatings.mockResolvedValue({ days: 30, count: 0, mean: null, scores: {}, solved: 0, not_solved: 0, reasons: [], last: [] });
    show(RatingsPage, ["serve"]);
    await vi.waitFor(() => expect(root.textContent).toContain("还没有评价"));
  });
});
