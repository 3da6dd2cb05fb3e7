import { createApp, nextTick, type App, type Component } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SentFile } from "../../../shared/protocol";
import { deskKey, type Desk } from "../desk";
import MessageFile from "./MessageFile.vue";
import OutgoingFile from "./OutgoingFile.vue";
import ReplyFiles from "./ReplyFiles.vue";

const picture: SentFile = { id: "f 1", name: "截图.png", type: "image/png", size: 2048, width: 1080, height: 2400 };
const paper: SentFile = { id: "f2", name: "<b>合同</b>.pdf", type: "application/pdf", size: 2048, width: null, height: null };
const uploads = { add: vi.fn(), retry: vi.fn(), cancel: vi.fn() };
const file = vi.fn();
const desk = { uploads, api: { file } } as unknown as Desk;
let app: App | null = null;
let root: HTMLElement;

function show<Exposed = unknown>(component: Component, props: Record<string, unknown>): Exposed {
  root = document.createElement("div");
  document.body.replaceChildren(root);
  app = createApp(component, props);
  app.provide(deskKey, desk);
  return app.mount(root) as Exposed;
}
const button = (words: string): HTMLButtonElement => {
  const found = [...root.querySelectorAll("button")].find((node) => (node.getAttribute("aria-label") ?? node.textContent).includes(words));
  if (!found) throw new Error(words);
  return found;
};

beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined });
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockReturnValue(undefined);
});
afterEach(() => app?.unmount());

describe("MessageFile", () => {
  it("shows a thumbnail in a room kept for it", () => {
    show(MessageFile, { file: picture });
    const image = root.querySelector("img");
    expect([image?.getAttribute("src"), image?.width, image?.height, image?.alt]).toEqual(["/desk/api/files/f%201/thumbnail", 117, 260, "图片 截图.png"]);
  });

  it("says that a picture cannot be seen, and asks again", async () => {
    show(MessageFile, { file: picture });
    root.querySelector("img")?.dispatchEvent(new Event("error"));
    await nextTick();
    expect(root.querySelector("[role=status]")?.textContent).toContain("安全检查");
    button("重新读取").click();
    await nextTick();
    expect(root.querySelector("img")?.getAttribute("src")).toBe("/desk/api/files/f%201/thumbnail?again=1");
  });

  it("loads other files only to save them, under the name that was cleaned", async () => {
    file.mockResolvedValue({ blob: new Blob(["x"]), name: "file.pdf" });
    show(MessageFile, { file: paper });
    expect(root.querySelector("img, a, b")).toBeNull();
    expect(root.textContent).toContain("<b>合同</b>.pdf2 KB");
    button("保存文件").click();
    await vi.waitFor(() => expect(HTMLAnchorElement.prototype.click).toHaveBeenCalledOnce());
    expect(file).toHaveBeenCalledExactlyOnceWith("f2");
  });
});

describe("ReplyFiles", () => {
  interface Exposed {
    drop(event: unknown): void;
    paste(event: unknown): void;
    send(): void;
  }
  const drop = (...files: File[]): unknown => ({ dataTransfer: { files, types: ["Files"] }, preventDefault: vi.fn() });

  it("sends what was dropped into its own conversation, each for itself, once", async () => {
    const box = show<Exposed>(ReplyFiles, { conversation: "c1" });
    const [first, second] = [new File(["a"], "a.png"), new File(["b"], "b.pdf")];
    box.drop(drop(first, second));
    await nextTick();
    expect(root.textContent).toContain("发给客户前请确认");
    box.send();
    box.send();
    expect(uploads.add.mock.calls).toEqual([[first, "", "c1"], [second, "", "c1"]]);
  });

  it("refuses at once what the server never takes", async () => {
    const box = show<Exposed>(ReplyFiles, { conversation: "c1" });
    box.drop(drop(new File(["<svg/>"], "x.svg", { type: "image/svg+xml" })));
    await nextTick();
    expect(root.querySelector("[role=alert]")?.textContent).toContain("不支持“x.svg”");
    box.send();
    expect(uploads.add).not.toHaveBeenCalled();
  });

  it("leaves pasted text to the field", () => {
    const box = show<Exposed>(ReplyFiles, { conversation: "c1" });
    const preventDefault = vi.fn();
    box.paste({ clipboardData: { files: [new File(["a"], "a.png")], types: ["text/plain", "Files"] }, preventDefault });
    expect(preventDefault).not.toHaveBeenCalled();
  });
});

it("shows a reply's file on its way, and what was refused with the reason", async () => {
  const upload = { clientId: "u1", file: new File(["abc"], "a.pdf"), text: "", conversation: "c1", createdAt: 0, progress: 0.3, reason: "" };
  show(OutgoingFile, { upload: { ...upload, state: "sending" } });
  expect(root.textContent).toContain("已上传 30%");
  button("取消").click();
  expect(uploads.cancel).toHaveBeenCalledExactlyOnceWith("u1");
  show(OutgoingFile, { upload: { ...upload, state: "failed", reason: "不支持" } });
  expect(root.querySelector("[role=alert]")?.textContent).toContain("没有发出去：不支持");
  button("重试").click();
  expect(uploads.retry).toHaveBeenCalledExactlyOnceWith("u1");
});
