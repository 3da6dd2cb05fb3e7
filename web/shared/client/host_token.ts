/** What the host page's own token endpoint says about who is signed in there. */
export interface HostToken {
  token: string;
  subject: string | null;
}

/** Asks the host page for its short-lived token; null when no one is signed in there, `unknown` when it could not be asked. */
export async function fetchHostToken(address: string, fetcher: typeof fetch): Promise<HostToken | null | "unknown"> {
  try {
    const response = await fetcher.call(globalThis, address, { credentials: "same-origin", headers: { Accept: "application/json" }, cache: "no-store" });
    if (response.status === 401 || response.status === 403) return null;
    if (!response.ok) return "unknown";
    const { token } = (await response.json()) as { token?: unknown };
    return typeof token === "string" && token !== "" ? { token, subject: subjectOf(token) } : null;
  } catch {
    return "unknown";
  }
}

/** Reads `sub` without checking the signature: it only tells one signed-in person from the next, the server does the checking. */
export function subjectOf(token: string): string | null {
  try {
    const payload = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown };
    return typeof claims.sub === "string" ? claims.sub : null;
  } catch {
    return null;
  }
}
