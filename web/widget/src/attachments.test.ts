import { beforeEach, describe, expect, it, vi } from "vitest";
import { Composer } from "./composer";

const onSend = vi.fn();
let composer: Composer;

const find = <T extends Element>(selector: string): T => {
  const found = composer.node.querySelector<T>(selector);
  if (!found) throw new Error(selector);
  return found;
};
const transfer = (...files: File[]): DataTransfer => ({ files, types: ["Files"] }) as unknown as DataTransfer;
const picture = (name = "截图.png"): File => new File(["abc"], name, { type: "image/png" });
const submit = (): void => void composer.node.dispatchEvent(new Event("submit", { cancelable: true }));

beforeEach(() => {
  onSend.mockReset();
  vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined }));
  composer = new Composer({ onSend, onInput: () => undefined });
});

describe("attachments", () => {
  it("warns of whole cards and documents before a picture is sent, and sends it with the words", () => {
    expect(find<HTMLElement>(".tray").hidden).toBe(true);
    composer.take(transfer(picture()));
    expect(find<HTMLElement>(".tray").hidden).toBe(false);
    expect(find(".tray-caution").textContent).toContain("不要发送完整的银行卡、身份证照片");
    find<HTMLTextAreaElement>("textarea").value = " 请看 ";
    submit();
    expect(onSend).toHaveBeenCalledExactlyOnceWith("请看", [expect.objectContaining({ name: "截图.png" })]);
    expect(find<HTMLElement>(".tray").hidden).toBe(true);
  });

  it("sends a file without words, and nothing without either", () => {
    submit();
    expect(onSend).not.toHaveBeenCalled();
    composer.take(transfer(picture()));
    expect(find(".send").getAttribute("aria-disabled")).toBe("false");
    submit();
    expect(onSend).toHaveBeenCalledExactlyOnceWith("", [expect.anything()]);
  });

  it("takes a file out again and keeps the focus in the composer", () => {
    document.body.append(composer.node);
    composer.take(transfer(picture("a.png"), picture("b.png")));
    const remove = composer.node.querySelectorAll<HTMLButtonElement>(".tray-item button");
    expect(remove[0]?.getAttribute("aria-label")).toBe("不发送 a.png");
    remove[0]?.click();
    expect(document.activeElement?.getAttribute("aria-label")).toBe("不发送 b.png");
    remove[1]?.click();
    expect(document.activeElement?.getAttribute("aria-label")).toBe("发送图片或文件");
    composer.node.remove();
  });

  it.each([
    [new File(["<svg/>"], "x.svg", { type: "image/svg+xml" }), "不支持“x.svg”"],
    [new File([], "x.png", { type: "image/png" }), "“x.png”是空的"],
    [new File(["x".repeat(1024 * 1024 + 1)], "x.png", { type: "image/png" }), "超过 1 MB"],
  ])("says at once what cannot be sent", (file, words) => {
    composer.setMostMegabytes(1);
    composer.take(transfer(file));
    expect(find<HTMLElement>(".tray [role=alert]").textContent).toContain(words);
    submit();
    expect(onSend).not.toHaveBeenCalled();
  });

  it("takes no more than nine at once", () => {
    composer.take(transfer(...Array.from({ length: 10 }, (_, place) => picture(`${place}.png`))));
    expect(composer.node.querySelectorAll(".tray-item")).toHaveLength(9);
    expect(find(".tray [role=alert]").textContent).toContain("最多发送 9 个");
  });

  it("takes pasted pictures, and leaves pasted text to the field", () => {
    const paste = (types: string[]): Event => {
      const event = new Event("paste", { cancelable: true });
      Object.assign(event, { clipboardData: { files: [picture()], types } });
      find("textarea").dispatchEvent(event);
      return event;
    };
    expect(paste(["text/plain", "Files"]).defaultPrevented).toBe(false);
    expect(composer.node.querySelectorAll(".tray-item")).toHaveLength(0);
    expect(paste(["Files"]).defaultPrevented).toBe(true);
    expect(composer.node.querySelectorAll(".tray-item")).toHaveLength(1);
  });

  it("offers the camera and the pictures of a telephone alike", () => {
    const input = find<HTMLInputElement>("input[type=file]");
    expect(input.accept).toContain("image/jpeg");
    // Otherwise iPhones would send what the server cannot read.
    expect(input.accept).not.toMatch(/heic|image\/\*/);
    expect(input.hasAttribute("capture")).toBe(false);
  });
});
