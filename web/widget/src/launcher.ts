import { button, element, icon, setText } from "./dom";
import { texts } from "./texts";

const SHOWN_AT_MOST = 99;

/** The button that opens the chat and tells how much is unread. */
export class Launcher {
  readonly node: HTMLButtonElement;
  readonly #badge = element("span", { class: "badge", "aria-hidden": "true", hidden: true });

  constructor(onClick: () => void) {
    this.node = button("launcher", onClick, icon("chat"), element("span", { class: "launcher-label" }, texts.name), this.#badge);
    this.setUnread(0);
  }

  setUnread(count: number): void {
    this.node.setAttribute("aria-label", count > 0 ? texts.launcherUnread(count) : texts.launcher);
    this.#badge.hidden = count === 0;
    setText(this.#badge, count > SHOWN_AT_MOST ? `${SHOWN_AT_MOST}+` : String(count));
  }

  focus(): void {
    this.node.focus();
  }

  show(): void {
    this.node.hidden = false;
  }

  hide(): void {
    this.node.hidden = true;
  }
}
