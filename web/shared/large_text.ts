import type { KeyValueStorage } from "./storage";

const KEY = "xiaobao:large-text";
const CHANGED = "xiaobao:large-text";

/** The customer's choice of large text, shared by every Xiaobao part of a page and by other tabs. */
export class LargeTextPreference {
  readonly #storage: KeyValueStorage;
  readonly #window: Window;

  constructor(storage: KeyValueStorage, view: Window) {
    this.#storage = storage;
    this.#window = view;
  }

  get enabled(): boolean {
    return this.#storage.getItem(KEY) === "1";
  }

  set(enabled: boolean): void {
    try {
      this.#storage.setItem(KEY, enabled ? "1" : "0");
    } catch {
      // A full storage must not keep anyone from reading.
    }
    this.#window.dispatchEvent(new CustomEvent<boolean>(CHANGED, { detail: enabled }));
  }

  /** Calls back on every change, here or in another tab; the answer ends the subscription. */
  subscribe(listener: (enabled: boolean) => void): () => void {
    const onChange = (event: Event): void => listener((event as CustomEvent<boolean>).detail);
    const onStorage = (event: StorageEvent): void => {
      if (event.key === KEY) listener(event.newValue === "1");
    };
    this.#window.addEventListener(CHANGED, onChange);
    this.#window.addEventListener("storage", onStorage);
    return () => {
      this.#window.removeEventListener(CHANGED, onChange);
      this.#window.removeEventListener("storage", onStorage);
    };
  }
}
