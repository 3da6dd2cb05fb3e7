import { findSensitive } from "../../shared/sensitive_text";
import { Attachments } from "./attachments";
import { element, icon, setText } from "./dom";
import { texts } from "./texts";

const LIMIT = 2000;
const COUNT_FROM = 1800;
const TALLEST_PX = 160;
// What browsers report for keys that an input method consumes, when they do not say `isComposing`.
const IME_KEY_CODE = 229;

/** Where the customer writes. */
export class Composer {
  readonly node: HTMLFormElement;
  readonly #input: HTMLTextAreaElement;
  readonly #send: HTMLButtonElement;
  readonly #counter = element("p", { class: "counter", role: "status" });
  readonly #warning = element("p", { class: "warning", role: "alert", id: "composer-warning", hidden: true });
  readonly #onSend: (text: string, files: readonly File[]) => void;
  readonly #attachments = new Attachments(() => this.#changed());
  #isComposing = false;

  constructor(options: { onSend: (text: string, files: readonly File[]) => void; onInput: () => void }) {
    this.#onSend = options.onSend;
    this.#input = element("textarea", {
      id: "composer-input",
      class: "input",
      "aria-label": texts.composer.label,
      on: {
        input: () => {
          this.#changed();
          options.onInput();
        },
        keydown: (event) => this.#keyDown(event),
        paste: (event) => {
          // Text that was copied together with a picture of itself is meant as text.
          if (!event.clipboardData?.types.includes("text/plain") && this.#attachments.takeFrom(event.clipboardData)) event.preventDefault();
        },
        compositionstart: () => (this.#isComposing = true),
        compositionend: () => {
          this.#isComposing = false;
          this.#changed();
        },
      },
    });
    this.#input.rows = 1;
    this.#input.enterKeyHint = "send";
    this.#input.autocomplete = "off";
    this.#send = element("button", { type: "submit", class: "send" }, icon("send"), element("span", { class: "send-label" }, texts.composer.send));
    this.node = element(
      "form",
      {
        class: "composer",
        on: {
          submit: (event) => {
            event.preventDefault();
            this.#submit();
          },
        },
      },
      this.#warning,
      this.#attachments.tray,
      element("div", { class: "composer-row" }, this.#attachments.chooser, this.#input, this.#send),
      this.#counter,
    );
    this.#changed();
  }

  focus(): void {
    this.#input.focus({ preventScroll: true });
  }

  /** Takes the files of a drop; tells whether there were any. */
  take(transfer: DataTransfer | null): boolean {
    return this.#attachments.takeFrom(transfer);
  }

  setMostMegabytes(megabytes: number): void {
    this.#attachments.setMost(megabytes);
  }

  setPlaceholder(text: string): void {
    this.#input.placeholder = text;
  }

  #keyDown(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    // Enter during composition takes a candidate of the input method; it never sends.
    if (event.isComposing || this.#isComposing || event.keyCode === IME_KEY_CODE) return;
    event.preventDefault();
    this.#submit();
  }

  #submit(): void {
    const text = this.#input.value.trim();
    if (this.#isComposing || (text === "" && this.#attachments.count === 0) || lengthOf(text) > LIMIT) return;
    this.#input.value = "";
    const files = this.#attachments.take();
    this.#changed();
    this.#onSend(text, files);
  }

  #changed(): void {
    const text = this.#input.value;
    const length = lengthOf(text.trim());
    // Not `disabled`: that would take the focus away from a keyboard user who has just sent something.
    this.#send.setAttribute("aria-disabled", String((length === 0 && this.#attachments.count === 0) || length > LIMIT));
    const count = length > LIMIT ? texts.composer.over(length - LIMIT) : length >= COUNT_FROM ? texts.composer.left(LIMIT - length) : "";
    setText(this.#counter, count);
    this.#counter.classList.toggle("is-over", length > LIMIT);
    const sensitive = this.#isComposing ? null : findSensitive(text);
    setText(this.#warning, sensitive === null ? "" : texts.sensitive[sensitive]);
    this.#warning.hidden = sensitive === null;
    if (sensitive === null) this.#input.removeAttribute("aria-describedby");
    else this.#input.setAttribute("aria-describedby", this.#warning.id);
    this.#fit();
  }

  #fit(): void {
    this.#input.style.height = "auto";
    const height = Math.min(this.#input.scrollHeight, TALLEST_PX);
    if (height > 0) this.#input.style.height = `${height}px`;
  }
}

/** Counts characters as the server does, where a rare character outside the basic plane is one. */
function lengthOf(text: string): number {
  return [...text].length;
}
