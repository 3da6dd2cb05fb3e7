import { ACCEPTED, findProblem, formatSize, isPicture, MOST_AT_ONCE, MOST_MB } from "../../shared/file_rules";
import { button, element, icon, setText } from "./dom";
import { texts } from "./texts";

/** The files that go with the next message: chosen, pasted or dropped, shown with a word of caution before they are sent. */
export class Attachments {
  /** The paper-clip. */
  readonly chooser: HTMLElement;
  /** What is chosen; hidden while that is nothing. */
  readonly tray: HTMLElement;
  readonly #list = element("ul", { class: "tray-list", role: "list" });
  readonly #caution = element("p", { class: "tray-caution" }, texts.file.caution);
  readonly #problem = element("p", { class: "warning", role: "alert", hidden: true });
  readonly #changed: () => void;
  readonly #clip: HTMLButtonElement;
  #mostMb = MOST_MB;
  #files: { file: File; node: HTMLElement; address: string | null }[] = [];

  constructor(changed: () => void) {
    this.#changed = changed;
    const input = element("input", { class: "file-input", tabindex: "-1", "aria-hidden": "true" });
    input.type = "file";
    input.multiple = true;
    // Without `capture`: telephones then offer the camera and the pictures they have. HEIC is left out, so iPhones convert.
    input.accept = ACCEPTED;
    input.addEventListener("change", () => {
      this.add([...(input.files ?? [])]);
      // The same file may be chosen again.
      input.value = "";
    });
    this.#clip = button("clip", () => input.click(), icon("clip"));
    this.#clip.setAttribute("aria-label", texts.file.attach);
    this.chooser = element("div", { class: "chooser" }, this.#clip, input);
    this.tray = element("div", { class: "tray", role: "group", "aria-label": texts.file.tray, hidden: true }, this.#problem, this.#list, this.#caution);
  }

  get count(): number {
    return this.#files.length;
  }

  setMost(megabytes: number): void {
    this.#mostMb = megabytes;
  }

  add(files: readonly File[]): void {
    let problem = "";
    for (const file of files) {
      const found = this.#files.length >= MOST_AT_ONCE ? "many" : findProblem(file, this.#mostMb);
      if (found === null) this.#put(file);
      else problem = texts.file.problem[found](found === "many" ? String(MOST_AT_ONCE) : file.name, this.#mostMb);
    }
    setText(this.#problem, problem);
    this.#problem.hidden = problem === "";
    this.#show();
  }

  /** Takes what is chosen, and empties the tray. */
  take(): File[] {
    const files = this.#files.map(({ file }) => file);
    for (const { address } of this.#files) if (address !== null) URL.revokeObjectURL(address);
    this.#files = [];
    this.#list.replaceChildren();
    this.#problem.hidden = true;
    this.#show();
    return files;
  }

  /** Takes files out of a paste or a drop; tells whether there were any. */
  takeFrom(transfer: DataTransfer | null): boolean {
    const files = [...(transfer?.files ?? [])];
    if (files.length > 0) this.add(files);
    return files.length > 0;
  }

  #put(file: File): void {
    const address = isPicture(file) ? URL.createObjectURL(file) : null;
    const remove = button("icon-button", () => this.#remove(file), icon("close"));
    remove.setAttribute("aria-label", texts.file.remove(file.name));
    const preview = element("img", { class: "tray-preview" });
    preview.alt = "";
    if (address !== null) preview.src = address;
    const node = element(
      "li",
      { class: "tray-item" },
      address === null ? icon("file") : preview,
      element("span", { class: "file-name" }, file.name || texts.file.unnamed),
      element("span", { class: "file-size" }, formatSize(file.size)),
      remove,
    );
    this.#files.push({ file, node, address });
    this.#list.append(node);
  }

  #remove(file: File): void {
    const place = this.#files.findIndex((item) => item.file === file);
    const [item] = this.#files.splice(place, 1);
    if (!item) return;
    if (item.address !== null) URL.revokeObjectURL(item.address);
    // The focus must not fall out of the panel with the button.
    const next = item.node.nextElementSibling ?? item.node.previousElementSibling;
    item.node.remove();
    this.#show();
    (next?.querySelector("button") ?? this.#clip).focus();
  }

  #show(): void {
    this.tray.hidden = this.#files.length === 0 && this.#problem.hidden;
    this.#caution.hidden = !this.#files.some(({ file }) => isPicture(file) || file.type === "application/pdf");
    this.#changed();
  }
}
