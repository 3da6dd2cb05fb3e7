// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { NO_WORD, type Rating, type RatingWord } from "../../shared/client/ratings";
import { RatingView } from "./rating_view";
import { SolvedView } from "./solved_view";

const REASONS = [{ code: "slow", text: "等得久" }, { code: "unclear", text: "没说清楚" }];
const rate = vi.fn<(word: RatingWord) => void>();
const rating = (fields: Partial<Rating>): Rating => ({ ...NO_WORD, isFinal: false, isSending: false, error: null, ...fields });

function buttonOf(node: HTMLElement, text: string): HTMLButtonElement {
  const found = [...node.querySelectorAll("button")].find((one) => one.textContent === text);
  if (!found) throw new Error(`no button ${text}`);
  return found;
}

beforeEach(() => rate.mockClear());

describe("RatingView", () => {
  const make = (scores: number[] | undefined): RatingView => new RatingView({ id: "m1", scores, agent: "林一", asksSolved: true, reasons: REASONS, rate });

  it("sends a score with one tap and offers the rest afterwards", () => {
    const view = make([1, 2, 3, 4, 5]);
    view.update(null);
    expect(view.node.querySelector<HTMLElement>(".rating-more")?.hidden).toBe(true);
    view.node.querySelectorAll<HTMLButtonElement>(".score")[1]?.click();
    expect(rate).toHaveBeenCalledWith({ score: 2, solved: null, reasons: [], comment: "" });
    view.update(rating({ score: 2 }));
    expect(view.node.querySelector<HTMLElement>(".rating-more")?.hidden).toBe(false);
  });

  it("sends what was added as one change", () => {
    const view = make([1, 2, 3, 4, 5]);
    view.update(rating({ score: 2 }));
    buttonOf(view.node, "没解决").click();
    buttonOf(view.node, "等得久").click();
    buttonOf(view.node, "没说清楚").click();
    buttonOf(view.node, "没说清楚").click();
    const comment = view.node.querySelector("textarea");
    if (comment) comment.value = " 太慢 ";
    expect(rate).not.toHaveBeenCalled();
    buttonOf(view.node, "提交").click();
    expect(rate).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ score: 2, solved: false, reasons: ["slow"], comment: "太慢" }));
  });

  it("names who is rated, so that two requests are told apart", () => {
    expect(make([1, 2]).node.querySelector("h3")?.textContent).toBe("人工客服林一：这次服务帮到您了吗？");
  });

  it("asks only whether the matter is solved where there is no score", () => {
    const view = make(undefined);
    view.update(null);
    expect(view.node.querySelectorAll(".score")).toHaveLength(0);
    buttonOf(view.node, "解决了").click();
    expect(rate).toHaveBeenCalledWith(expect.objectContaining({ score: 0, solved: true }));
  });

  it("locks a final rating", () => {
    const view = make([1, 2]);
    view.update(rating({ score: 1, isFinal: true }));
    expect([...view.node.querySelectorAll<HTMLButtonElement>(".score")].every((one) => one.disabled)).toBe(true);
    expect(view.node.querySelector<HTMLElement>(".rating-more")?.hidden).toBe(true);
  });
});

describe("SolvedView", () => {
  const make = (): SolvedView => new SolvedView({ reasons: REASONS, rate });

  it("says with one tap that it helped", () => {
    const view = make();
    view.update(null, true);
    buttonOf(view.node, "解决了").click();
    expect(rate).toHaveBeenCalledWith({ ...NO_WORD, solved: true, reasons: [] });
  });

  it("asks why only after a no, and takes the reason as the change", () => {
    const view = make();
    view.update(rating({ solved: false }), true);
    buttonOf(view.node, "没说清楚").click();
    expect(rate).toHaveBeenCalledWith({ ...NO_WORD, solved: false, reasons: ["unclear"] });
    view.update(rating({ solved: true }), true);
    expect(view.node.querySelector<HTMLElement>("[role=group].chips")?.hidden).toBe(true);
  });

  it("is asked under the newest answer alone, and stays where something was said", () => {
    const view = make();
    view.update(null, false);
    expect(view.node.hidden).toBe(true);
    view.update(rating({ solved: true }), false);
    expect(view.node.hidden).toBe(false);
  });
});
