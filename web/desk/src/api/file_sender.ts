import { ApiError } from "../../../shared/client/api";
import type { SendFile } from "../../../shared/client/upload_transport";
import type { UploadsOptions } from "../../../shared/client/uploads";
import { DeskError } from "./http";

/** Uploads a file into a conversation and sends the message that carries it; both know a repeat by the client's id. */
export function createFileSender(options: {
  csrf: () => string | null;
  sendFile: SendFile;
  post: (conversation: string, clientId: string, file: string) => Promise<unknown>;
}): UploadsOptions["send"] {
  return async (clientId, file, progress, signal, conversation) => {
    const url = `/desk/api/conversations/${encodeURIComponent(conversation)}/uploads`;
    const sent = await options.sendFile({ url, headers: { "X-CSRF-Token": options.csrf() ?? "" }, clientId, file, progress, signal });
    try {
      await options.post(conversation, clientId, sent.id);
    } catch (error) {
      if (!(error instanceof DeskError)) throw error;
      throw new ApiError(error.code, { message: error.message, status: error.status, retryAfterSeconds: error.retryAfterSeconds });
    }
    return sent;
  };
}
