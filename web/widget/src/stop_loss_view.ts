import type { Step } from "../../shared/protocol";
import { element, icon } from "./dom";
import { texts } from "./texts";

const TELEPHONE = /^[+\d][\d-]{2,19}$/;

/** Renders what to do at once, in order, with buttons that dial. */
export function stopLossView(steps: readonly Step[]): HTMLElement {
  return element(
    "div",
    { class: "bubble stop-loss" },
    element("h3", { class: "stop-loss-title" }, icon("alert"), texts.stopLoss.title),
    element("ol", { class: "steps" }, ...steps.map(stepItem)),
    element("p", { class: "calm" }, texts.stopLoss.calm),
  );
}

function stepItem(step: Step): HTMLElement {
  return element("li", {}, element("strong", {}, step.title), step.detail === "" ? null : element("p", {}, step.detail), callButton(step.call));
}

function callButton(number: string | undefined): HTMLElement | null {
  if (number === undefined || !TELEPHONE.test(number)) return null;
  return element("a", { class: "call", href: `tel:${number}` }, icon("phone"), texts.stopLoss.call(number));
}
