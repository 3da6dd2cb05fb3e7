import { reactive } from "vue";

/** The pages of the desk; the address keeps them, so that "back" works as everywhere. */
export type Route =
  | { page: "desk"; conversation: string | null; showsCard: boolean }
  | { page: "agents" }
  | { page: "unanswered" }
  | { page: "flags"; flag: string | null }
  | { page: "outbox" };

/** Reads the part of the address after `#`. */
export function parseRoute(hash: string): Route {
  const [first = "", second = "", third = ""] = hash.replace(/^#\/?/, "").split("/");
  if (first === "agents") return { page: "agents" };
  if (first === "unanswered") return { page: "unanswered" };
  if (first === "outbox") return { page: "outbox" };
  if (first === "flags") return { page: "flags", flag: second === "" ? null : safeDecode(second) };
  const conversation = first === "c" && second !== "" ? safeDecode(second) : null;
  return { page: "desk", conversation, showsCard: conversation !== null && third === "card" };
}

/** Writes a route as the part of an address after and with `#`. */
export function formatRoute(route: Route): string {
  if (route.page === "flags" && route.flag !== null) return `#/flags/${encodeURIComponent(route.flag)}`;
  if (route.page !== "desk") return `#/${route.page}`;
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
