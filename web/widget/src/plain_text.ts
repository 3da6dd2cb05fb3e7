import { createLink, safeHref } from "../../shared/markdown";

const ADDRESS = /https?:\/\/[^\s<>"'，。；：！？、（）【】《》“”‘’]+/g;

/** Renders text of the bot or an agent; only full http(s) addresses become links, and show exactly where they lead. */
export function linkedText(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(/[.,;:!?)\]]+$/, "");
    const href = safeHref(address);
    if (href === null) continue;
    fragment.append(text.slice(end, match.index));
    const link = createLink(href, document);
    link.textContent = address;
    fragment.append(link);
    end = match.index + address.length;
  }
  fragment.append(text.slice(end));
  return fragment;
}
