import { shallowRef, type ShallowRef } from "vue";
import { ApiError } from "../../../shared/client/api";

/** Something that comes from the server, or does not. */
export type Loaded<T> = { state: "idle" } | { state: "loading" } | { state: "ready"; value: T } | { state: "failed"; code: string };

/** Loads with the newest call winning, however late an older one answers. */
export function useLoading<T>(): { loaded: ShallowRef<Loaded<T>>; load: (run: () => Promise<T>) => Promise<void>; reset: () => void } {
  const loaded = shallowRef<Loaded<T>>({ state: "idle" });
  let newest = 0;
  const load = async (run: () => Promise<T>): Promise<void> => {
    const own = ++newest;
    loaded.value = { state: "loading" };
    let outcome: Loaded<T>;
    try {
      outcome = { state: "ready", value: await run() };
    } catch (error) {
      outcome = { state: "failed", code: error instanceof ApiError ? error.code : "unknown" };
    }
    if (own === newest) loaded.value = outcome;
  };
  const reset = (): void => {
    newest += 1;
    loaded.value = { state: "idle" };
  };
  return { loaded, load, reset };
}
