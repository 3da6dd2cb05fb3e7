import type { Bank } from "../../shared/protocol";
import { element } from "./dom";
import { callButton } from "./call_button";
import { texts } from "./texts";

/** Lets a victim choose their bank and dial its official number. */
export class BankChooser {
  readonly node: HTMLElement;
  readonly #select: HTMLSelectElement;
  readonly #answer = element("div", { class: "bank-answer", "aria-live": "polite" });
  #banks: readonly Bank[] = [];

  constructor(id: string) {
    this.#select = element("select", { id, class: "bank-select", on: { change: () => this.#choose() } });
    this.node = element("div", { class: "bank", hidden: true }, element("label", { for: id }, texts.stopLoss.bank.label), this.#select, this.#answer);
  }

  /** Offers the banks; nothing is shown as long as there are none. */
  update(banks: readonly Bank[], isShown: boolean): void {
    if (banks !== this.#banks) {
      this.#banks = banks;
      const options = banks.map((bank) => option(bank.id, bank.title));
      this.#select.replaceChildren(option("", texts.stopLoss.bank.none), ...options, option("other", texts.stopLoss.bank.other));
      this.#choose();
    }
    this.node.hidden = !isShown || banks.length === 0;
  }

  #choose(): void {
    const { value } = this.#select;
    const bank = this.#banks.find((one) => one.id === value);
    const call = bank ? callButton(bank.call, texts.stopLoss.bank.call(bank.title, bank.call)) : null;
    this.#answer.replaceChildren();
    if (call) this.#answer.append(call);
    if (bank) this.#answer.append(element("p", { class: "bank-note" }, bank.note));
    else if (value !== "") this.#answer.append(element("p", { class: "bank-note" }, texts.stopLoss.bank.otherNote));
  }
}

function option(value: string, title: string): HTMLOptionElement {
  const node = element("option", {}, title);
  node.value = value;
  return node;
}
