import type { CallbackOffer, CallbackWish } from "../../shared/protocol";
import { button, element, setText } from "./dom";
import { texts } from "./texts";

export interface CallbackActions {
  load: () => Promise<CallbackOffer>;
  wish: (start: string, phone: string) => Promise<{ wish: CallbackWish }>;
  takeBack: () => Promise<{ wish: null }>;
  /** What to say of a refusal. */
  explain: (error: unknown) => string;
}

/** Lets a customer whom nobody can answer now choose when to be called, change it or take it back. */
export class CallbackForm {
  readonly node: HTMLElement;
  readonly #actions: CallbackActions;
  readonly #open: HTMLButtonElement;
  readonly #form: HTMLFormElement;
  readonly #window: HTMLSelectElement;
  readonly #phone: HTMLInputElement;
  readonly #submit: HTMLButtonElement;
  readonly #problem = element("p", { class: "callback-problem", role: "alert", hidden: true });
  readonly #wish = element("p", { class: "callback-wish", role: "status" });
  readonly #takeBack: HTMLButtonElement;
  #current: CallbackWish | null = null;
  #isBusy = false;
  #isShown = false;
  #news: string | null = null;

  constructor(actions: CallbackActions) {
    const words = texts.callback;
    this.#actions = actions;
    this.#open = button("inline", () => void this.#toggle(), words.open);
    this.#open.setAttribute("aria-expanded", "false");
    this.#takeBack = button("inline", () => void this.#cancel(), words.cancel);
    this.#window = element("select", { id: "callback-window", class: "callback-field" });
    this.#phone = element("input", { id: "callback-phone", class: "callback-field", type: "tel", "aria-describedby": "callback-note" });
    this.#phone.autocomplete = "tel";
    this.#phone.inputMode = "tel";
    this.#phone.maxLength = 20;
    this.#submit = element("button", { type: "submit", class: "choice" }, words.submit);
    this.#form = element(
      "form",
      { class: "callback-form", hidden: true, on: { submit: (event) => this.#send(event) } },
      element("label", { for: "callback-window" }, words.window),
      this.#window,
      element("label", { for: "callback-phone" }, words.phone),
      this.#phone,
      element("p", { id: "callback-note", class: "callback-note" }, words.note),
      this.#submit,
    );
    this.#form.noValidate = true;
    this.node = element("section", { class: "callback", hidden: true, "aria-label": words.open }, this.#wish, element("div", { class: "callback-actions" }, this.#open, this.#takeBack), this.#problem, this.#form);
    this.#showWish(null);
  }

  /** Offers the call while the customer waits and was promised a later time; `news` is the last message about a call. */
  update(isOffered: boolean, news: string | null): void {
    const hasNews = news !== this.#news;
    this.#news = news;
    // Somebody called, or another device chose.
    if (hasNews && isOffered && this.#isShown) void this.#read();
    if (isOffered === this.#isShown) return;
    this.#isShown = isOffered;
    this.node.hidden = !isOffered;
    this.#fold();
    // Another device, or an earlier visit, may have chosen already.
    if (isOffered) void this.#read();
  }

  async #read(): Promise<CallbackOffer | null> {
    try {
      const offer = await this.#actions.load();
      this.#showWish(offer.wish);
      return offer;
    } catch (error) {
      if (!this.#form.hidden) this.#tell(this.#actions.explain(error));
      return null;
    }
  }

  async #toggle(): Promise<void> {
    if (!this.#form.hidden) return this.#fold();
    this.#form.hidden = false;
    this.#open.setAttribute("aria-expanded", "true");
    this.#tell("");
    const offer = await this.#read();
    if (offer === null) return;
    this.#window.replaceChildren(
      ...offer.windows.map((one) => {
        const option = element("option", {}, one.text);
        option.value = one.start;
        return option;
      }),
    );
    this.#submit.disabled = offer.windows.length === 0;
    if (offer.windows.length === 0) this.#tell(texts.callback.none);
    this.#window.focus();
  }

  #fold(): void {
    this.#form.hidden = true;
    this.#open.setAttribute("aria-expanded", "false");
    this.#tell("");
  }

  #send(event: Event): void {
    event.preventDefault();
    if (this.#phone.value.trim() === "") {
      this.#tell(texts.callback.missing);
      this.#phone.focus();
      return;
    }
    void this.#act(async () => {
      this.#showWish((await this.#actions.wish(this.#window.value, this.#phone.value)).wish);
      // Somebody else may use this device next.
      this.#phone.value = "";
      this.#fold();
      this.#open.focus();
    });
  }

  async #cancel(): Promise<void> {
    await this.#act(async () => {
      this.#showWish((await this.#actions.takeBack()).wish);
      this.#open.focus();
    });
  }

  async #act(run: () => Promise<void>): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#submit.disabled = true;
    this.#tell("");
    try {
      await run();
    } catch (error) {
      this.#tell(this.#actions.explain(error));
    }
    this.#isBusy = false;
    this.#submit.disabled = false;
  }

  #showWish(wish: CallbackWish | null): void {
    this.#current = wish;
    setText(this.#wish, wish === null ? "" : texts.callback.wished(wish.text, wish.phone));
    this.#wish.hidden = wish === null;
    this.#takeBack.hidden = wish === null;
    setText(this.#open, this.#current === null ? texts.callback.open : texts.callback.change);
  }

  #tell(problem: string): void {
    setText(this.#problem, problem);
    this.#problem.hidden = problem === "";
  }
}
