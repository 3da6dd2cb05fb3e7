import { reactive } from "vue";

/** Pages beside the workbench; pages.ts says what each is. */
export const PAGE_NAMES = ["unanswered", "flags", "outbox", "agents"] as const;
export type PageName = (typeof PAGE_NAMES)[number];

/** What the address keeps, so that "back" works as everywhere; `item` is what is opened on a page. */
export type Route = { page: "desk"; conversation: string | null; showsCard: boolean } | { page: PageName; item: string | null };

/** Reads the part of the address after `#`. */
export function parseRoute(hash: string): Route {
  const [first = "", second = "", third = ""] = hash.replace(/^#\/?/, "").split("/");
  const page = PAGE_NAMES.find((name) => name === first);
  const item = second === "" ? null : safeDecode(second);
  if (page !== undefined) return { page, item };
  const conversation = first === "c" ? item : null;
  return { page: "desk", conversation, showsCard: conversation !== null && third === "card" };
}

/** Writes a route as the part of an address after and with `#`. */
export function formatRoute(route: Route): string {
  if (route.page !== "desk") return `#/${route.page}${route.item === null ? "" : `/${encodeURIComponent(route.item)}`}`;
  if (route.conversation === null) return "#/";
  return `#/c/${encodeURIComponent(route.conversation)}${route.showsCard ? "/card" : ""}`;
}

function safeDecode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** The present route, following the address. */
export function watchRoute(view: Window): { current: Route; go: (route: Route) => void } {
  const state: { current: Route } = reactive({ current: parseRoute(view.location.hash) });
  view.addEventListener("hashchange", () => (state.current = parseRoute(view.location.hash)));
  return {
    get current() {
      return state.current;
    },
    go(route) {
      state.current = route;
      const hash = formatRoute(route);
      if (view.location.hash !== hash) view.location.hash = hash;
    },
  };
}
