import type { SentFile } from "../protocol";
import type { CustomerApi } from "./api";
import type { Clock } from "./clock";
import { sendFile, type SendFile } from "./upload_transport";
import { Uploads, type Upload } from "./uploads";

/** The customer's files: those on their way, and those of the conversation. */
export class CustomerFiles {
  readonly #uploads: Uploads;
  readonly #withToken: CustomerFilesOptions["withToken"];

  constructor(options: CustomerFilesOptions) {
    this.#withToken = options.withToken;
    const transport = options.sendFile ?? sendFile;
    this.#uploads = new Uploads({
      clock: options.clock,
      newId: options.newId,
      send: (clientId, file, progress, signal) => options.withToken((api, token) => transport({ ...api.uploadTo(token), clientId, file, progress, signal })),
      sent: (file, { text }) => options.sent(file, text),
      unauthorized: options.unauthorized,
      changed: options.changed,
    });
  }

  get uploads(): readonly Upload[] {
    return this.#uploads.list();
  }

  /** Sends files one after another; the words go with the first. */
  send(files: readonly File[], text: string): void {
    files.forEach((file, place) => this.#uploads.add(file, place === 0 ? text : ""));
  }

  /** Fetches a file of the conversation, or its thumbnail. */
  load(id: string, part: "content" | "thumbnail"): Promise<Blob> {
    return this.#withToken((api, token) => api.file(token, id, part));
  }

  retry(clientId: string): void {
    this.#uploads.retry(clientId);
  }

  cancel(clientId: string): void {
    this.#uploads.cancel(clientId);
  }

  wake(): void {
    this.#uploads.wake();
  }

  clear(): void {
    this.#uploads.clear();
  }

  stop(): void {
    this.#uploads.stop();
  }
}

export interface CustomerFilesOptions {
  clock: Clock;
  newId: () => string;
  /** How files are sent; the browser's way unless told otherwise. */
  sendFile?: SendFile | undefined;
  withToken: <T>(run: (api: CustomerApi, token: string) => Promise<T>) => Promise<T>;
  /** The server has a file: send the message that carries it. */
  sent: (file: SentFile, text: string) => void;
  unauthorized: () => void;
  changed: () => void;
}
