import type { Rating, RatingWord } from "../../shared/client/ratings";
import { NO_WORD } from "../../shared/client/ratings";
import type { RatingReason } from "../../shared/protocol";
import { button, element, setText } from "./dom";
import { texts } from "./texts";

/** Under an answer: did it help? One tap says so; after a "no" one more may say why. */
export class SolvedView {
  readonly node: HTMLElement;
  readonly #choices: HTMLElement;
  readonly #reasons: HTMLElement;
  readonly #outcome = element("span", { role: "status" });

  constructor(options: { reasons: readonly RatingReason[]; rate: (word: RatingWord) => void }) {
    const words = texts.rating;
    const say = (solved: boolean, reasons: readonly string[] = []): void => options.rate({ ...NO_WORD, solved, reasons });
    this.#choices = element(
      "span",
      { class: "chips" },
      button("chip", () => say(true), words.solved),
      button("chip", () => say(false), words.unsolved),
    );
    this.#reasons = element(
      "span",
      { class: "chips", role: "group", "aria-label": words.reasons, hidden: true },
      ...options.reasons.map((reason) => button("chip", () => say(false, [reason.code]), reason.text)),
    );
    this.node = element("div", { class: "solved", role: "group", "aria-label": words.solvedTitle }, element("span", {}, words.solvedTitle), this.#choices, this.#outcome, this.#reasons);
  }

  /** Asked only under the newest answer; what was said stays where it was said. */
  update(rating: Rating | null, isNewest: boolean): void {
    const isSaid = rating !== null && rating.solved !== null;
    this.node.hidden = !isSaid && !isNewest;
    this.#choices.hidden = isSaid;
    this.#reasons.hidden = !isSaid || rating.solved === true || rating.isSending || rating.isFinal;
    setText(this.#outcome, rating === null ? "" : describe(rating));
  }
}

function describe(rating: Rating): string {
  const words = texts.rating;
  if (rating.error) return rating.error.message || words.failed;
  if (rating.isSending) return words.sending;
  return rating.solved === true ? words.solvedThanks : words.unsolvedThanks;
}
