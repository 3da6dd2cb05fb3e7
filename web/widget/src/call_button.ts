import { element, icon } from "./dom";

const TELEPHONE = /^[+\d][\d-]{2,19}$/;

/** Makes a link that dials; null for what is not a telephone number. */
export function callButton(number: string | undefined, label: string): HTMLAnchorElement | null {
  if (number === undefined || !TELEPHONE.test(number)) return null;
  return element("a", { class: "call", href: `tel:${number}` }, icon("phone"), label);
}
