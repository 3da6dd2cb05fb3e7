import type { Checklist } from "../../shared/client/checklists";
import { CLOCK_ENDS_MINUTES, minutesSince } from "../../shared/elapsed";
import type { Bank, Message, Step } from "../../shared/protocol";
import { BankChooser } from "./bank_chooser";
import { callButton } from "./call_button";
import { element, icon, setText } from "./dom";
import { texts } from "./texts";

const CLOCK_MS = 30_000;
// The step of texts/triage.yml at which a victim calls their own bank.
const BANK_STEP = "bank";

export interface StopLossState {
  checklist: Checklist;
  banks: readonly Bank[];
  /** The newest card of its conversation; older ones only show what was ticked. */
  isLive: boolean;
}

/** What to do at once, in order: steps to tick, numbers to dial, the bank's number, and a clock. */
export class StopLossCard {
  readonly node: HTMLElement;
  readonly #steps: readonly Step[];
  readonly #now: () => Date;
  readonly #boxes = new Map<string, HTMLInputElement>();
  readonly #progress = element("p", { class: "progress", role: "status" });
  // Read out each half minute, it would drown what matters.
  readonly #clock = element("p", { class: "clock", "aria-live": "off", hidden: true });
  readonly #superseded = element("p", { class: "superseded", hidden: true }, texts.stopLoss.superseded);
  readonly #error = element("p", { class: "tick-error", role: "alert", hidden: true });
  #banks: BankChooser | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: { message: Message; steps: readonly Step[]; tick: (step: string, done: boolean) => void; now: () => Date }) {
    const { message, steps, tick } = options;
    this.#steps = steps;
    this.#now = options.now;
    this.node = element(
      "div",
      { class: "bubble stop-loss" },
      element("h3", { class: "stop-loss-title" }, icon("alert"), texts.stopLoss.title),
      element("p", { class: "first-words" }, message.text),
      this.#superseded,
      element("div", { class: "how-far" }, this.#progress, this.#clock),
      element("ol", { class: "steps", role: "list", "aria-label": texts.stopLoss.steps }, ...steps.map((step) => this.#item(step, `${message.id}-${step.id}`, tick))),
      this.#error,
    );
  }

  update({ checklist, banks, isLive }: StopLossState): void {
    for (const [step, box] of this.#boxes) {
      box.checked = checklist.done.has(step);
      box.disabled = !isLive;
    }
    const done = this.#steps.filter((step) => checklist.done.has(step.id)).length;
    setText(this.#progress, texts.stopLoss.progress(done, this.#steps.length));
    this.#superseded.hidden = isLive;
    this.#progress.hidden = !isLive;
    this.#banks?.update(banks, isLive);
    setText(this.#error, isLive && checklist.error ? this.#explain(checklist.error) : "");
    this.#error.hidden = this.#error.textContent === "";
    this.#run(isLive ? checklist.since : null);
  }

  #item(step: Step, id: string, tick: (step: string, done: boolean) => void): HTMLElement {
    const box = element("input", { type: "checkbox", id: `tick-${id}`, on: { change: () => tick(step.id, box.checked) } });
    this.#boxes.set(step.id, box);
    if (step.id === BANK_STEP) this.#banks = new BankChooser(`bank-${id}`);
    if (step.detail !== "") box.setAttribute("aria-describedby", `detail-${id}`);
    return element(
      "li",
      {},
      element("label", { class: "step-title" }, box, element("span", {}, step.title)),
      step.detail === "" ? null : element("p", { class: "step-detail", id: `detail-${id}` }, step.detail),
      callButton(step.call, texts.stopLoss.call(step.call ?? "")),
      step.id === BANK_STEP ? (this.#banks?.node ?? null) : null,
    );
  }

  /** Moves the clock on for as long as the card is in the page and the first day lasts. */
  #run(since: string | null): void {
    clearTimeout(this.#timer);
    const minutes = since === null ? null : minutesSince(since, this.#now().getTime());
    this.#clock.hidden = minutes === null;
    if (minutes === null) return;
    const isOver = minutes >= CLOCK_ENDS_MINUTES;
    setText(this.#clock, isOver ? texts.stopLoss.clockOver : texts.stopLoss.clock(minutes));
    if (isOver) return;
    this.#timer = setTimeout(() => {
      if (this.node.isConnected) this.#run(since);
    }, CLOCK_MS);
  }

  #explain(error: NonNullable<Checklist["error"]>): string {
    const title = this.#steps.find((step) => step.id === error.step)?.title;
    if (title === undefined) return texts.stopLoss.notRead;
    return error.code === "network" ? texts.stopLoss.notKeptOffline(title) : texts.stopLoss.notKept(title);
  }
}
