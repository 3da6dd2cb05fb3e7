import type { RatingReason } from "../../shared/protocol";
import { button, element } from "./dom";
import { texts } from "./texts";

/** Reasons to choose from, several at once; each a button that stays pressed. */
export class ReasonChips {
  readonly node: HTMLElement;
  readonly #chosen = new Set<string>();

  constructor(reasons: readonly RatingReason[]) {
    this.node = element(
      "div",
      { class: "chips", role: "group", "aria-label": texts.rating.reasons, hidden: reasons.length === 0 },
      ...reasons.map((reason) => this.#chip(reason)),
    );
  }

  get chosen(): readonly string[] {
    return [...this.#chosen];
  }

  #chip(reason: RatingReason): HTMLElement {
    const chip = button("chip", () => {
      if (!this.#chosen.delete(reason.code)) this.#chosen.add(reason.code);
      chip.setAttribute("aria-pressed", String(this.#chosen.has(reason.code)));
    }, reason.text);
    chip.setAttribute("aria-pressed", "false");
    return chip;
  }
}
