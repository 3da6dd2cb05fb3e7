import { formatSize } from "../../shared/file_rules";
import type { SentFile } from "../../shared/protocol";
import { button, element, icon, setText } from "./dom";
import { texts } from "./texts";

export type LoadFile = (id: string, part: "content" | "thumbnail") => Promise<Blob>;
export type OpenPicture = (file: SentFile, from: HTMLElement) => void;

const MOST_WIDE_PX = 220;
const MOST_HIGH_PX = 260;

/** A picture as its thumbnail, or another file as a row to save; fetched by script, for an address must not hold the token. */
export class FileView {
  readonly node: HTMLElement;
  readonly #file: SentFile;
  readonly #load: LoadFile;
  readonly #status = element("span", { class: "file-status", role: "status" });

  constructor(file: SentFile, load: LoadFile, openPicture: OpenPicture) {
    this.#file = file;
    this.#load = load;
    this.node = file.width === null ? this.#row() : this.#picture(openPicture);
  }

  #picture(openPicture: OpenPicture): HTMLElement {
    const image = element("img", { class: "picture" });
    image.alt = texts.file.picture(this.#file.name);
    const { width, height } = fit(this.#file);
    // The room is kept before the picture is there, so that nothing jumps.
    image.width = width;
    image.height = height;
    const open = button("picture-button", () => openPicture(this.#file, open), image);
    open.setAttribute("aria-label", texts.file.enlarge(this.#file.name));
    const node = element("div", { class: "file" }, open, this.#status);
    void this.#show(image);
    return node;
  }

  async #show(image: HTMLImageElement): Promise<void> {
    try {
      await showBlob(image, await this.#load(this.#file.id, "thumbnail"));
    } catch (error) {
      setText(this.#status, problemOf(error));
    }
  }

  #row(): HTMLElement {
    const save = button("file-row", () => void this.#save(save), icon("file"), element("span", { class: "file-name" }, this.#file.name), element("span", { class: "file-size" }, formatSize(this.#file.size)));
    save.setAttribute("aria-label", texts.file.save(this.#file.name, formatSize(this.#file.size)));
    return element("div", { class: "file" }, save, this.#status);
  }

  async #save(from: HTMLButtonElement): Promise<void> {
    from.setAttribute("aria-busy", "true");
    setText(this.#status, "");
    try {
      saveBlob(await this.#load(this.#file.id, "content"), this.#file.name);
    } catch (error) {
      setText(this.#status, problemOf(error));
    }
    from.removeAttribute("aria-busy");
  }
}

/** Shows bytes in an image; the address is given back as soon as the image has them. */
export async function showBlob(image: HTMLImageElement, blob: Blob): Promise<void> {
  const address = URL.createObjectURL(blob);
  try {
    image.src = address;
    await image.decode();
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Hands bytes to the browser's own downloads. */
export function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // In a later turn: some browsers begin to read only after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}

/** A sentence about a file that cannot be had. */
export function problemOf(error: unknown): string {
  const code = error !== null && typeof error === "object" && "code" in error ? error.code : "";
  if (code === "file_not_ready") return texts.file.notReady;
  return code === "file_removed" || code === "file_not_found" ? texts.file.removed : texts.file.notLoaded;
}

function fit({ width, height }: SentFile): { width: number; height: number } {
  const share = Math.min(1, MOST_WIDE_PX / (width ?? 1), MOST_HIGH_PX / (height ?? 1));
  return { width: Math.max(1, Math.round((width ?? 1) * share)), height: Math.max(1, Math.round((height ?? 1) * share)) };
}
