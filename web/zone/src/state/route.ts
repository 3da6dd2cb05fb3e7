import { onScopeDispose, readonly, ref, type Ref } from "vue";

/** Which part of the page is shown. */
export type Route = { name: "home" } | { name: "progress" } | { name: "article"; id: string };

/** The address of the customer's own cases within the page. */
export const PROGRESS_HREF = "#/progress";

/** Reads a hash such as `#/article/some_id`; anything unknown is the start page. */
export function parseRoute(hash: string): Route {
  if (hash === PROGRESS_HREF) return { name: "progress" };
  const match = /^#\/article\/([^/?#]+)$/.exec(hash);
  if (!match?.[1]) return { name: "home" };
  try {
    return { name: "article", id: decodeURIComponent(match[1]) };
  } catch {
    return { name: "home" };
  }
}

/** Returns the address of an article within the page. */
export function articleHref(id: string): string {
  return `#/article/${encodeURIComponent(id)}`;
}

/** Follows the address bar. */
export function useRoute(): Readonly<Ref<Route>> {
  const route = ref<Route>(parseRoute(window.location.hash));
  const follow = (): void => {
    route.value = parseRoute(window.location.hash);
  };
  window.addEventListener("hashchange", follow);
  onScopeDispose(() => window.removeEventListener("hashchange", follow));
  return readonly(route);
}
