import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SentFile } from "../protocol";
import { ApiError } from "./api";
import { browserClock } from "./clock";
import { Uploads, type UploadsOptions } from "./uploads";

const answer: SentFile = { id: "f1", name: "a.png", type: "image/png", size: 3, width: 1, height: 1 };
const send = vi.fn<UploadsOptions["send"]>();
const sent = vi.fn();
const unauthorized = vi.fn();
let uploads: Uploads;
let number = 0;

const picture = (name = "a.png"): File => new File(["abc"], name, { type: "image/png" });
const states = (): string[] => uploads.list().map((item) => item.state);
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetAllMocks();
  number = 0;
  send.mockResolvedValue(answer);
  uploads = new Uploads({ clock: browserClock, newId: () => `u${++number}`, send, sent, unauthorized, changed: vi.fn() });
});

describe("Uploads", () => {
  it("hands the message over once the server has the file, with its words", async () => {
    uploads.add(picture(), "请看");
    await settle();
    expect(sent).toHaveBeenCalledExactlyOnceWith(answer, expect.objectContaining({ text: "请看", clientId: "u1" }));
    expect(uploads.list()).toEqual([]);
  });

  it("sends one after another, in order", async () => {
    let finish: (file: SentFile) => void = () => undefined;
    send.mockImplementationOnce(() => new Promise((resolve) => (finish = resolve)));
    uploads.add(picture("1.png"));
    uploads.add(picture("2.png"));
    await settle();
    expect(states()).toEqual(["sending", "waiting"]);
    finish(answer);
    await settle();
    expect(send.mock.calls.map(([, file]) => file.name)).toEqual(["1.png", "2.png"]);
    expect(sent).toHaveBeenCalledTimes(2);
  });

  it("tells how far it has got", async () => {
    send.mockImplementationOnce((_id, _file, progress) => {
      progress(0.4);
      return new Promise(() => undefined);
    });
    uploads.add(picture());
    await settle();
    expect(uploads.list()[0]?.progress).toBe(0.4);
  });

  it("keeps a file while the network is away and sends it under the same id", async () => {
    send.mockRejectedValueOnce(new ApiError("network"));
    uploads.add(picture());
    await settle();
    expect(states()).toEqual(["waiting"]);
    uploads.wake();
    await settle();
    expect(send.mock.calls.map(([id]) => id)).toEqual(["u1", "u1"]);
    expect(sent).toHaveBeenCalledOnce();
  });

  it("waits as long as the server asks, and tries by itself", async () => {
    send.mockRejectedValueOnce(new ApiError("rate_limited", { status: 429, retryAfterSeconds: 20 }));
    uploads.add(picture());
    await vi.advanceTimersByTimeAsync(19_000);
    expect(send).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sent).toHaveBeenCalledOnce();
  });

  it("shows a refusal, goes on with the next file, and takes a new id for another try", async () => {
    send.mockRejectedValueOnce(new ApiError("file_type_refused", { status: 415, message: "不支持这种文件" }));
    uploads.add(picture("x.svg"));
    uploads.add(picture("b.png"));
    await settle();
    expect(uploads.list()).toMatchObject([{ state: "failed", reason: "不支持这种文件" }]);
    expect(sent).toHaveBeenCalledOnce();
    uploads.retry("u1");
    await settle();
    expect(send.mock.lastCall?.[0]).toBe("u3");
    expect(uploads.list()).toEqual([]);
  });

  it("stops what is cancelled, and sends nothing of it even when it was just done", async () => {
    let finish: (file: SentFile) => void = () => undefined;
    let signal: AbortSignal | undefined;
    send.mockImplementationOnce((_id, _file, _progress, given) => {
      signal = given;
      return new Promise((resolve) => (finish = resolve));
    });
    uploads.add(picture());
    await settle();
    uploads.cancel("u1");
    finish(answer);
    await settle();
    expect(signal?.aborted).toBe(true);
    expect(sent).not.toHaveBeenCalled();
    expect(uploads.list()).toEqual([]);
  });

  it("asks for a new session and keeps the file", async () => {
    send.mockRejectedValueOnce(new ApiError("session_invalid", { status: 401 }));
    uploads.add(picture());
    await settle();
    expect(unauthorized).toHaveBeenCalledOnce();
    expect(states()).toEqual(["waiting"]);
  });
});
