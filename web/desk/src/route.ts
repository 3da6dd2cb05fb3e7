import { reactive } from "vue";

/** Pages beside the workbench; pages.ts says what each is. */
export const PAGE_NAMES = ["board", "ratings", "callbacks", "unanswered", "cases", "flags", "canned", "outbox", "teams", "agents", "audit", "account"] as const;
export type PageName = (typeof PAGE_NAMES)[number];

/** What the address keeps, so that "back" works as everywhere; `item` is what is opened on a page. */
export type Route = { page: "desk"; conversation: string | null; showsCard: boolean } | { page: PageName; item: string | null };

/** Reads the part of the address after `#`. */
export function parseRoute(hash: string): Route {
  const [first = "", second = "", third = ""] = hash.replace(/^#\/?/, "").replace(/\?.*$/, "").split("/");
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

/** The list or saved view that the address keeps beside the route; null where it names none. */
export function parseView(hash: string): string | null {
  const view = /\?view=([A-Za-z0-9_-]{1,64})$/.exec(hash)?.[1];
  return view ?? null;
}

function safeDecode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** The present route and view, following the address. */
export function watchRoute(view: Window): { current: Route; view: string | null; go: (route: Route) => void; showView: (name: string | null) => void } {
  const read = (): { current: Route; view: string | null } => ({ current: parseRoute(view.location.hash), view: parseView(view.location.hash) });
  const state = reactive(read());
  view.addEventListener("hashchange", () => Object.assign(state, read()));
  const write = (): void => {
    // Of the wide pages none shows a list; going back to the workbench finds the view again all the same.
    const hash = formatRoute(state.current) + (state.current.page === "desk" && state.view !== null ? `?view=${state.view}` : "");
    if (view.location.hash !== hash) view.location.hash = hash;
  };
  return {
    get current() {
      return state.current;
    },
    get view() {
      return state.view;
    },
    go(route) {
      state.current = route;
      write();
    },
    showView(name) {
      state.view = name;
      write();
    },
  };
}
