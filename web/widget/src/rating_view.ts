import type { Rating } from "../../shared/client/ratings";
import { button, element, setText } from "./dom";
import { texts } from "./texts";

const DEFAULT_SCORES = [1, 2, 3, 4, 5];

/** The request for a rating: one tap sends it; then a comment or one change is possible. */
export class RatingView {
  readonly node: HTMLElement;
  readonly #buttons = new Map<number, HTMLButtonElement>();
  readonly #outcome = element("p", { class: "rating-outcome", role: "status" });
  readonly #more: HTMLElement;
  readonly #comment: HTMLTextAreaElement;
  #score = 0;

  constructor(options: { id: string; scores: readonly number[] | undefined; rate: (score: number, comment: string) => void }) {
    const words = texts.rating;
    const scores = options.scores && options.scores.length > 0 ? options.scores : DEFAULT_SCORES;
    for (const score of scores) {
      const label = words.scores[score] ?? "";
      const choice = button("score", () => options.rate(score, this.#comment.value.trim()), element("span", { class: "score-number" }, String(score)), element("span", { class: "score-label" }, label));
      choice.setAttribute("aria-pressed", "false");
      this.#buttons.set(score, choice);
    }
    const commentId = `comment-${options.id}`;
    this.#comment = element("textarea", { id: commentId, class: "comment" });
    this.#comment.rows = 2;
    this.#comment.maxLength = 500;
    this.#more = element(
      "div",
      { class: "rating-more", hidden: true },
      element("label", { for: commentId }, words.comment),
      this.#comment,
      button("quiet", () => options.rate(this.#score, this.#comment.value.trim()), words.submit),
    );
    this.node = element(
      "div",
      { class: "bubble rating" },
      element("h3", { class: "rating-title" }, words.title),
      element("div", { class: "scores", role: "group", "aria-label": words.title }, ...this.#buttons.values()),
      this.#outcome,
      this.#more,
    );
  }

  update(rating: Rating | null): void {
    const words = texts.rating;
    this.#score = rating?.score ?? 0;
    const isLocked = rating !== null && (rating.isFinal || rating.isSending);
    for (const [score, choice] of this.#buttons) {
      choice.setAttribute("aria-pressed", String(score === this.#score));
      choice.disabled = isLocked;
    }
    this.#more.hidden = !rating || rating.score === 0 || rating.isFinal;
    setText(this.#outcome, rating === null ? "" : describe(rating));
    this.#outcome.hidden = rating === null;
    if (rating?.error && !rating.isFinal) setText(this.#outcome, rating.error.message || words.failed);
  }
}

function describe(rating: Rating): string {
  const words = texts.rating;
  if (rating.isSending) return words.sending;
  if (rating.score === 0) return rating.isFinal ? words.final : words.failed;
  const thanks = words.thanks(words.scores[rating.score] ?? String(rating.score));
  return rating.isFinal ? `${thanks}${words.final}` : `${thanks}${words.changeOnce}`;
}
