import { type KeyValueStorage, readJson, writeJson } from "../../../shared/storage";

const KEY = "xiaobao.desk.drafts";

/** Unsent text, one draft a conversation; it outlives a reload, but not the tab or the sign-in. */
export class Drafts {
  #byConversation: Map<string, string>;
  readonly #storage: KeyValueStorage;

  constructor(storage: KeyValueStorage) {
    this.#storage = storage;
    this.#byConversation = new Map(Object.entries(readJson(storage, KEY, isTexts) ?? {}));
  }

  get(conversation: string): string {
    return this.#byConversation.get(conversation) ?? "";
  }

  set(conversation: string, text: string): void {
    if (text === "") this.#byConversation.delete(conversation);
    else this.#byConversation.set(conversation, text);
    this.#save();
  }

  clear(): void {
    this.#byConversation.clear();
    this.#save();
  }

  #save(): void {
    writeJson(this.#storage, KEY, Object.fromEntries(this.#byConversation));
  }
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null && Object.values(value).every((text) => typeof text === "string");
}
