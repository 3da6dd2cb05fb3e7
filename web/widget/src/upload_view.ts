import type { Upload } from "../../shared/client/uploads";
import { formatSize } from "../../shared/file_rules";
import { button, element, setText } from "./dom";
import type { MessageView } from "./message_view";
import { texts } from "./texts";

/** A file on its way, with how far it has got; cancelled or, when it was refused, sent again. */
export class UploadView implements MessageView {
  readonly node: HTMLElement;
  readonly #bar = element("progress", { class: "upload-bar" });
  readonly #footer = element("div", { class: "footer" });
  readonly #actions: { retry: (clientId: string) => void; cancel: (clientId: string) => void };
  #shown = "";

  constructor(upload: Upload, actions: { retry: (clientId: string) => void; cancel: (clientId: string) => void }) {
    this.#actions = actions;
    this.#bar.max = 100;
    this.#bar.setAttribute("aria-label", texts.file.progress(upload.file.name));
    this.node = element(
      "div",
      { class: "message customer" },
      element(
        "div",
        { class: "bubble" },
        element("span", { class: "file-name" }, upload.file.name || texts.file.unnamed),
        element("span", { class: "file-size" }, formatSize(upload.file.size)),
        this.#bar,
        upload.text === "" ? null : element("p", {}, upload.text),
      ),
      this.#footer,
    );
  }

  update(upload: Upload, isConnected: boolean): void {
    const percent = Math.round(upload.progress * 100);
    this.#bar.value = percent;
    this.#bar.hidden = upload.state === "failed";
    this.node.classList.toggle("is-failed", upload.state === "failed");
    const words = upload.state === "failed" ? texts.failedBecause(upload.reason) : upload.state === "sending" ? wordsOf(percent) : isConnected ? texts.sending : texts.file.waiting;
    const shown = JSON.stringify([upload.state, upload.clientId]);
    if (shown !== this.#shown) {
      this.#shown = shown;
      const isFailed = upload.state === "failed";
      this.#footer.replaceChildren(
        element("span", isFailed ? { class: "failure", role: "alert" } : {}),
        ...(isFailed ? [button("inline", () => this.#actions.retry(upload.clientId), texts.retry)] : []),
        button("inline", () => this.#actions.cancel(upload.clientId), isFailed ? texts.discard : texts.file.cancel),
      );
    }
    if (this.#footer.firstChild) setText(this.#footer.firstChild, words);
  }
}

/** At the end the server still looks at the file. */
function wordsOf(percent: number): string {
  return percent >= 100 ? texts.file.checking : texts.file.percent(percent);
}
