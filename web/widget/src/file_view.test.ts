import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../shared/client/api";
import type { SentFile } from "../../shared/protocol";
import { FileView, type LoadFile } from "./file_view";
import { Lightbox } from "./lightbox";

const picture: SentFile = { id: "f1", name: "截图.png", type: "image/png", size: 2048, width: 1080, height: 2400 };
const paper: SentFile = { id: "f2", name: "合同.pdf", type: "application/pdf", size: 2048, width: null, height: null };
const load = vi.fn<LoadFile>();
const openPicture = vi.fn();
const settle = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  vi.resetAllMocks();
  load.mockResolvedValue(new Blob(["x"]));
  Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: vi.fn() });
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockReturnValue(undefined);
  Object.defineProperty(HTMLImageElement.prototype, "decode", { configurable: true, value: () => Promise.resolve() });
});

describe("FileView", () => {
  it("shows a picture's thumbnail in a room kept for it, and opens it", async () => {
    const { node } = new FileView(picture, load, openPicture);
    const image = node.querySelector("img");
    expect([image?.width, image?.height, image?.alt]).toEqual([117, 260, "图片 截图.png"]);
    await settle();
    expect(load).toHaveBeenCalledExactlyOnceWith("f1", "thumbnail");
    expect(image?.src).toBe("blob:x");
    node.querySelector("button")?.click();
    expect(openPicture).toHaveBeenCalledExactlyOnceWith(picture, node.querySelector("button"));
  });

  it.each([
    ["file_not_ready", "正在安全检查"],
    ["file_removed", "没有通过安全检查"],
    ["network", "没有读到"],
  ])("says why a picture cannot be seen: %s", async (code, words) => {
    load.mockRejectedValue(new ApiError(code));
    const { node } = new FileView(picture, load, openPicture);
    await settle();
    expect(node.querySelector("[role=status]")?.textContent).toContain(words);
  });

  it("shows other files by name and size, as text, and loads them only to save them", async () => {
    const { node } = new FileView({ ...paper, name: "<b>x</b>.pdf" }, load, openPicture);
    expect(node.querySelector("b, img, a")).toBeNull();
    expect(node.textContent).toContain("<b>x</b>.pdf2 KB");
    expect(load).not.toHaveBeenCalled();
    node.querySelector("button")?.click();
    await settle();
    expect(load).toHaveBeenCalledExactlyOnceWith("f2", "content");
  });
});

describe("Lightbox", () => {
  it("shows the whole picture, closes with Escape alone, and gives the focus back", async () => {
    const lightbox = new Lightbox(load);
    const from = document.createElement("button");
    const behind = vi.fn();
    document.body.append(from, lightbox.node);
    document.body.addEventListener("keydown", behind);
    lightbox.open(picture, from);
    expect(document.activeElement?.getAttribute("aria-label")).toBe("关闭图片");
    await settle();
    expect(load).toHaveBeenCalledExactlyOnceWith("f1", "content");
    lightbox.node.querySelector("img")?.click();
    expect(lightbox.node.querySelector("[aria-pressed]")?.getAttribute("aria-pressed")).toBe("true");
    document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect(lightbox.node.hidden).toBe(true);
    expect(behind).not.toHaveBeenCalled();
    expect(document.activeElement).toBe(from);
    document.body.replaceChildren();
  });
});
