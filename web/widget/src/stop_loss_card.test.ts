import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Checklist } from "../../shared/client/checklists";
import { message } from "../../shared/client/fakes";
import { StopLossCard } from "./stop_loss_card";

const steps = [
  { id: "police", title: "拨打 110", detail: "说“请求紧急止付”。", call: "110" },
  { id: "bank", title: "联系付款银行", detail: "" },
];
const banks = [
  { id: "icbc", title: "工商银行", call: "95588", note: "以银行卡背面或银行官方 App 为准" },
  { id: "bad", title: "坏号码", call: "95588,1", note: "" },
];
const SINCE = Date.parse("2026-01-05T08:00:00+08:00");
const none: Checklist = { done: new Set(), since: null, error: null };
const tick = vi.fn();
let card: StopLossCard;

const text = (selector: string): string => card.node.querySelector<HTMLElement>(selector)?.textContent ?? "";
const isHidden = (selector: string): boolean => card.node.querySelector<HTMLElement>(selector)?.hidden !== false;
function show(checklist: Partial<Checklist>, isLive = true): void {
  card.update({ checklist: { ...none, ...checklist }, banks, isLive });
}
function choose(value: string): void {
  const select = card.node.querySelector("select");
  if (!select) throw new Error("no chooser");
  select.value = value;
  select.dispatchEvent(new Event("change"));
}

beforeEach(() => {
  vi.resetAllMocks();
  vi.useFakeTimers({ now: SINCE });
  card = new StopLossCard({ message: message(1, { text: "请先停下。" }), steps, tick, now: () => new Date() });
  document.body.replaceChildren(card.node);
});
afterEach(() => void vi.useRealTimers());

describe("StopLossCard", () => {
  it("has a checkbox named after each step, described by its detail", () => {
    show({ done: new Set(["police"]) });
    const [police, bank] = card.node.querySelectorAll<HTMLInputElement>("input[type=checkbox]");
    expect(police?.labels?.[0]?.textContent).toBe("拨打 110");
    expect(document.getElementById(police?.getAttribute("aria-describedby") ?? "")?.textContent).toBe("说“请求紧急止付”。");
    expect([police?.checked, bank?.checked]).toEqual([true, false]);
    bank?.click();
    police?.click();
    expect(tick.mock.calls).toEqual([["bank", true], ["police", false]]);
  });

  it("says the first words and counts only its own steps", () => {
    show({ done: new Set(["police", "of_another_card"]) });
    expect(text(".first-words")).toBe("请先停下。");
    expect(text(".progress")).toBe("已完成 1/2");
  });

  it.each([
    [0, "距转账或求助已过 不到 1 分钟"],
    [12, "距转账或求助已过 12 分钟"],
    [120, "距转账或求助已过 2 小时"],
    [1439, "距转账或求助已过 23 小时 59 分钟"],
    [1440, "距转账或求助已超过 24 小时"],
  ])("tells after %i minutes how long it has been", (minutes, words) => {
    show({ since: new Date(SINCE - minutes * 60_000).toISOString() });
    expect(text(".clock")).toBe(words);
  });

  it("moves the clock on each half minute without reading it out, and stops after a day", () => {
    show({ since: new Date(SINCE - 1438 * 60_000).toISOString() });
    vi.advanceTimersByTime(60_000);
    expect(text(".clock")).toBe("距转账或求助已过 23 小时 59 分钟");
    expect(card.node.querySelector(".clock")?.getAttribute("aria-live")).toBe("off");
    vi.advanceTimersByTime(60_000);
    expect(text(".clock")).toBe("距转账或求助已超过 24 小时");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stops the clock when the card has left the page", () => {
    show({ since: new Date(SINCE).toISOString() });
    card.node.remove();
    vi.advanceTimersByTime(30_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has no clock before it knows from when", () => {
    show({});
    expect(isHidden(".clock")).toBe(true);
  });

  it("does not go below zero where the phone's clock is slow", () => {
    show({ since: new Date(SINCE + 600_000).toISOString() });
    expect(text(".clock")).toBe("距转账或求助已过 不到 1 分钟");
  });

  it("dials the chosen bank, with the note where to check the number", () => {
    show({});
    choose("icbc");
    expect(card.node.querySelector(".bank a")?.getAttribute("href")).toBe("tel:95588");
    expect(text(".bank-note")).toBe("以银行卡背面或银行官方 App 为准");
    choose("");
    expect(card.node.querySelector(".bank a")).toBeNull();
  });

  it("makes no link of what is no number, and helps where the bank is not listed", () => {
    show({});
    choose("bad");
    expect(card.node.querySelector(".bank a")).toBeNull();
    choose("other");
    expect(text(".bank-note")).toContain("银行卡背面");
  });

  it("keeps the choice when other things change", () => {
    show({});
    choose("icbc");
    show({ done: new Set(["police"]) });
    expect(card.node.querySelector("select")?.value).toBe("icbc");
    expect(card.node.querySelector(".bank a")).not.toBeNull();
  });

  it("hides the chooser as long as there are no banks", () => {
    card.update({ checklist: none, banks: [], isLive: true });
    expect(isHidden(".bank")).toBe(true);
  });

  it.each([
    ["network", "police", "网络不通，“拨打 110”没有记上"],
    ["step_not_found", "police", "“拨打 110”没有记上"],
    ["network", null, "之前打的勾暂时没有读到"],
  ])("explains %s at %s", (code, step, words) => {
    show({ error: { code, message: "", step } });
    expect(card.node.querySelector("[role=alert]")?.textContent).toContain(words);
    show({});
    expect(isHidden(".tick-error")).toBe(true);
  });

  it("is only to be read once there are newer steps", () => {
    show({ done: new Set(["police"]), since: new Date(SINCE).toISOString() }, false);
    expect([...card.node.querySelectorAll("input")].every((box) => box.disabled)).toBe(true);
    expect(isHidden(".superseded")).toBe(false);
    expect([isHidden(".progress"), isHidden(".clock"), isHidden(".bank")]).toEqual([true, true, true]);
    expect(card.node.querySelector("a")?.getAttribute("href")).toBe("tel:110");
  });
});
