import type { SentFile } from "../../shared/protocol";
import { button, element, icon, setText } from "./dom";
import { problemOf, saveBlob, showBlob, type LoadFile } from "./file_view";
import { texts } from "./texts";

/** A picture over the whole panel: Escape or the button closes it, a click on it shows it in its real size. */
export class Lightbox {
  readonly node: HTMLElement;
  readonly #load: LoadFile;
  readonly #image = element("img", { class: "lightbox-image" });
  readonly #status = element("p", { class: "lightbox-status", role: "status" });
  readonly #close: HTMLButtonElement;
  readonly #zoom: HTMLButtonElement;
  #file: SentFile | null = null;
  #blob: Blob | null = null;
  #from: HTMLElement | null = null;

  constructor(load: LoadFile) {
    this.#load = load;
    this.#close = button("icon-button", () => this.close(), icon("close"));
    this.#close.setAttribute("aria-label", texts.file.close);
    this.#zoom = button("inline", () => this.#toggleSize(), texts.file.realSize);
    this.#zoom.setAttribute("aria-pressed", "false");
    const save = button("inline", () => this.#save(), texts.file.saveShort);
    this.#image.addEventListener("click", () => this.#toggleSize());
    this.node = element(
      "div",
      { class: "lightbox", role: "dialog", "aria-label": texts.file.viewer, hidden: true },
      element("div", { class: "lightbox-bar" }, this.#zoom, save, this.#close),
      element("div", { class: "lightbox-room", tabindex: "0" }, this.#image),
      this.#status,
    );
    this.node.addEventListener("keydown", (event) => this.#keyDown(event));
  }

  open(file: SentFile, from: HTMLElement): void {
    this.#file = file;
    this.#from = from;
    this.#blob = null;
    this.#image.removeAttribute("src");
    this.#image.alt = texts.file.picture(file.name);
    this.#setRealSize(false);
    setText(this.#status, texts.file.loading);
    this.node.hidden = false;
    this.#close.focus();
    void this.#show(file);
  }

  close(): void {
    this.node.hidden = true;
    this.#image.removeAttribute("src");
    this.#file = null;
    this.#from?.focus();
  }

  async #show(file: SentFile): Promise<void> {
    try {
      const blob = await this.#load(file.id, "content");
      // Another one was opened meanwhile, or none any more.
      if (this.#file !== file) return;
      this.#blob = blob;
      await showBlob(this.#image, blob);
      if (this.#file === file) setText(this.#status, "");
    } catch (error) {
      if (this.#file === file) setText(this.#status, problemOf(error));
    }
  }

  #save(): void {
    if (this.#blob && this.#file) saveBlob(this.#blob, this.#file.name);
  }

  #toggleSize(): void {
    this.#setRealSize(!this.node.classList.contains("is-real-size"));
  }

  #setRealSize(isReal: boolean): void {
    this.node.classList.toggle("is-real-size", isReal);
    this.#zoom.setAttribute("aria-pressed", String(isReal));
  }

  #keyDown(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      // The panel behind stays open.
      event.stopPropagation();
      this.close();
    } else if (event.key === "Tab") {
      this.#keepFocus(event);
    }
  }

  #keepFocus(event: KeyboardEvent): void {
    event.stopPropagation();
    const stops = [...this.node.querySelectorAll<HTMLElement>("button, [tabindex='0']")];
    const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
    if ((event.target as HTMLElement) !== edge) return;
    event.preventDefault();
    (event.shiftKey ? stops[stops.length - 1] : stops[0])?.focus();
  }
}
