import { NO_WORD, hasWord, type Rating, type RatingWord } from "../../shared/client/ratings";
import type { RatingReason } from "../../shared/protocol";
import { button, element, setText } from "./dom";
import { ReasonChips } from "./reason_chips";
import { texts } from "./texts";

const DEFAULT_SCORES = [1, 2, 3, 4, 5];

interface Options {
  id: string;
  /** Without scores only whether the matter is solved is asked. */
  scores: readonly number[] | undefined;
  agent: string | undefined;
  asksSolved: boolean;
  reasons: readonly RatingReason[];
  rate: (word: RatingWord) => void;
}

/** The request for a rating: one tap sends it; then reasons, a comment and one change are possible. */
export class RatingView {
  readonly node: HTMLElement;
  readonly #buttons = new Map<number, HTMLButtonElement>();
  readonly #solved = new Map<boolean, HTMLButtonElement>();
  readonly #outcome = element("p", { class: "rating-outcome", role: "status" });
  readonly #more: HTMLElement;
  readonly #comment: HTMLTextAreaElement;
  readonly #chips: ReasonChips;
  readonly #rate: (word: RatingWord) => void;
  #word: RatingWord = NO_WORD;

  constructor(options: Options) {
    const words = texts.rating;
    const scores = options.scores ?? (options.asksSolved ? [] : DEFAULT_SCORES);
    const title = scores.length === 0 ? words.solvedTitle : options.agent === undefined ? words.title : words.titleOf(options.agent);
    this.#rate = options.rate;
    for (const score of scores) {
      const label = words.scores[score] ?? "";
      const choice = button("score", () => this.#tap({ score }), element("span", { class: "score-number" }, String(score)), element("span", { class: "score-label" }, label));
      choice.setAttribute("aria-pressed", "false");
      this.#buttons.set(score, choice);
    }
    if (options.asksSolved) {
      for (const solved of [true, false]) {
        const choice = button("chip", () => this.#choose(solved), solved ? words.solved : words.unsolved);
        choice.setAttribute("aria-pressed", "false");
        this.#solved.set(solved, choice);
      }
    }
    const commentId = `comment-${options.id}`;
    this.#comment = element("textarea", { id: commentId, class: "comment" });
    this.#comment.rows = 2;
    this.#comment.maxLength = 500;
    this.#chips = new ReasonChips(options.reasons);
    const solvedRow = element("div", { class: "chips", role: "group", "aria-label": words.solvedTitle, hidden: this.#solved.size === 0 }, ...this.#solved.values());
    this.#more = element(
      "div",
      { class: "rating-more", hidden: true },
      scores.length > 0 && this.#solved.size > 0 ? element("p", {}, words.solvedTitle) : null,
      scores.length > 0 ? solvedRow : null,
      this.#chips.node,
      element("label", { for: commentId }, words.comment),
      this.#comment,
      button("quiet", () => this.#send(), words.submit),
    );
    this.node = element(
      "div",
      { class: "bubble rating" },
      element("h3", { class: "rating-title" }, title),
      scores.length > 0 ? element("div", { class: "scores", role: "group", "aria-label": title }, ...this.#buttons.values()) : solvedRow,
      this.#outcome,
      this.#more,
    );
  }

  update(rating: Rating | null): void {
    const words = texts.rating;
    if (rating !== null && hasWord(rating)) this.#word = rating;
    const isLocked = rating !== null && (rating.isFinal || rating.isSending);
    const given = rating ?? NO_WORD;
    for (const [score, choice] of this.#buttons) {
      choice.setAttribute("aria-pressed", String(score === given.score));
      choice.disabled = isLocked;
    }
    for (const choice of this.#solved.values()) choice.disabled = isLocked;
    this.#showSolved();
    this.#more.hidden = rating === null || !hasWord(rating) || rating.isFinal;
    setText(this.#outcome, rating === null ? "" : describe(rating));
    this.#outcome.hidden = rating === null;
    if (rating?.error && !rating.isFinal) setText(this.#outcome, rating.error.message || words.failed);
  }

  /** The first tap sends; what is added later goes with the button below, as the one change. */
  #tap(part: Partial<RatingWord>): void {
    this.#word = { ...this.#word, ...part };
    this.#send();
  }

  #choose(solved: boolean): void {
    if (this.#buttons.size === 0) return this.#tap({ solved });
    this.#word = { ...this.#word, solved };
    this.#showSolved();
  }

  #showSolved(): void {
    for (const [solved, choice] of this.#solved) choice.setAttribute("aria-pressed", String(solved === this.#word.solved));
  }

  #send(): void {
    this.#rate({ ...this.#word, reasons: this.#chips.chosen, comment: this.#comment.value.trim() });
  }
}

function describe(rating: Rating): string {
  const words = texts.rating;
  if (rating.isSending) return words.sending;
  if (!hasWord(rating)) return rating.isFinal ? words.final : words.failed;
  const label = rating.score > 0 ? (words.scores[rating.score] ?? String(rating.score)) : rating.solved === true ? words.solved : words.unsolved;
  return rating.isFinal ? `${words.thanks(label)}${words.final}` : `${words.thanks(label)}${words.changeOnce}`;
}
