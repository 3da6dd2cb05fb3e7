import { reactive, watch } from "vue";
import { type KeyValueStorage, readJson, writeJson } from "../../../shared/storage";

export interface Preferences {
  theme: "system" | "light" | "dark";
  largeText: boolean;
  muted: boolean;
}

const KEY = "xiaobao.desk.preferences";
const DEFAULTS: Preferences = { theme: "system", largeText: false, muted: false };

/** The agent's own settings of this browser, saved at every change. */
export function loadPreferences(storage: KeyValueStorage): Preferences {
  const preferences = reactive({ ...DEFAULTS, ...readJson(storage, KEY, isPartial) });
  watch(preferences, (value) => writeJson(storage, KEY, value), { deep: true });
  return preferences;
}

function isPartial(value: unknown): value is Partial<Preferences> {
  return typeof value === "object" && value !== null;
}

/** Puts theme and text size on the document, now and whenever they or the system's theme change. */
export function applyPreferences(preferences: Preferences, root: HTMLElement, systemDark: MediaQueryList): void {
  const apply = (): void => {
    const isDark = preferences.theme === "system" ? systemDark.matches : preferences.theme === "dark";
    root.classList.toggle("dark", isDark);
    root.toggleAttribute("data-large", preferences.largeText);
  };
  systemDark.addEventListener("change", apply);
  watch(preferences, apply, { immediate: true, deep: true });
}
