import type { ChatView } from "../../shared/client/chat_client";
import { button, element, icon, setText } from "./dom";
import { texts } from "./texts";

/** The head of the panel: who one talks to, the way to a person, large text, close. */
export class TitleBar {
  readonly node: HTMLElement;
  readonly titleId = "panel-title";
  readonly #title: HTMLElement;
  readonly #subtitle = element("span", { class: "bar-role", "aria-live": "polite" });
  readonly #avatar = element("span", { class: "avatar", "aria-hidden": "true" });
  readonly #handoff: HTMLButtonElement;
  readonly #large: HTMLButtonElement;
  readonly #close: HTMLButtonElement;
  #name: string = texts.name;
  #avatarShown: "shield" | "person" | null = null;

  constructor(options: { onHandoff: () => void; onLarge: () => void; onClose: () => void }) {
    this.#title = element("h2", { id: this.titleId, class: "bar-title", tabindex: "-1" }, this.#name);
    this.#handoff = button("handoff", options.onHandoff, texts.handoff);
    this.#large = button("bar-button large-toggle", options.onLarge, texts.large);
    this.#large.setAttribute("aria-label", texts.largeLabel);
    this.#close = button("bar-button close", options.onClose, icon("close"));
    this.#close.setAttribute("aria-label", texts.close);
    this.node = element(
      "div",
      { class: "bar" },
      this.#avatar,
      element("div", { class: "bar-names" }, this.#title, this.#subtitle),
      element("div", { class: "bar-actions" }, this.#handoff, this.#large, this.#close),
    );
  }

  focus(): void {
    this.#title.focus({ preventScroll: true });
  }

  setName(name: string): void {
    this.#name = name === "" ? texts.name : name;
  }

  setLarge(isLarge: boolean): void {
    this.#large.setAttribute("aria-pressed", String(isLarge));
  }

  update(view: ChatView, isRequesting: boolean): void {
    const isPerson = view.owner === "agent";
    setText(this.#title, isPerson && view.agent ? view.agent.name : this.#name);
    setText(this.#subtitle, roleOf(view));
    // After the end of a conversation it asks for a person in a new one.
    this.#handoff.hidden = view.owner === "queued" || view.owner === "agent";
    // Not `disabled`, so that the focus stays where it is.
    this.#handoff.setAttribute("aria-disabled", String(isRequesting));
    setText(this.#handoff, isRequesting ? texts.handoffPending : texts.handoff);
    const avatar = isPerson ? "person" : "shield";
    if (avatar !== this.#avatarShown) {
      this.#avatarShown = avatar;
      this.#avatar.replaceChildren(icon(avatar));
    }
  }
}

function roleOf(view: ChatView): string {
  if (view.owner === "queued" && view.queue) return texts.queuePlace(view.queue.position);
  return texts.role[view.owner];
}
