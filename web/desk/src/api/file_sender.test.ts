import { expect, it, vi } from "vitest";
import { ApiError } from "../../../shared/client/api";
import type { SendFile } from "../../../shared/client/upload_transport";
import { createFileSender } from "./file_sender";
import { DeskError } from "./http";

const answer = { id: "f1", name: "a.pdf", type: "application/pdf", size: 3, width: null, height: null };
const file = new File(["abc"], "a.pdf");
const { signal } = new AbortController();

it("uploads with the proof against other sites, then sends the message under the same id", async () => {
  const sendFile = vi.fn<SendFile>().mockResolvedValue(answer);
  const post = vi.fn().mockResolvedValue({});
  const send = createFileSender({ csrf: () => "token", sendFile, post });
  await expect(send("u1", file, () => undefined, signal, "c 1")).resolves.toEqual(answer);
  expect(sendFile.mock.calls[0]?.[0]).toMatchObject({ url: "/desk/api/conversations/c%201/uploads", headers: { "X-CSRF-Token": "token" }, clientId: "u1" });
  expect(post).toHaveBeenCalledExactlyOnceWith("c 1", "u1", "f1");
});

it("says why the message was refused", async () => {
  const post = vi.fn().mockRejectedValue(new DeskError("not_owner", "这个会话不在您名下", 409));
  const send = createFileSender({ csrf: () => "token", sendFile: vi.fn().mockResolvedValue(answer), post });
  const refusal = await send("u1", file, () => undefined, signal, "c1").catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ApiError);
  expect(refusal).toMatchObject({ code: "not_owner", message: "这个会话不在您名下", status: 409 });
});
