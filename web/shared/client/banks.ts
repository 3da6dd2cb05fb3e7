import type { Bank } from "../protocol";
import type { CustomerApi } from "./api";

/** The banks' official numbers, read when a card first needs them; without them the card says where to find one's own. */
export class Banks {
  readonly #api: CustomerApi;
  readonly #changed: () => void;
  #list: readonly Bank[] = [];
  #isLoading = false;

  constructor(api: CustomerApi, changed: () => void) {
    this.#api = api;
    this.#changed = changed;
  }

  get list(): readonly Bank[] {
    return this.#list;
  }

  async load(): Promise<void> {
    if (this.#isLoading || this.#list.length > 0) return;
    this.#isLoading = true;
    try {
      this.#list = (await this.#api.banks()).banks;
      this.#changed();
    } catch {
      // The next card or connection asks again.
    } finally {
      this.#isLoading = false;
    }
  }
}
