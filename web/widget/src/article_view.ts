import { formatSource } from "../../shared/article_source";
import { createLink, parseMarkdown, renderMarkdown, safeHref } from "../../shared/markdown";
import type { Article, Source } from "../../shared/protocol";
import { button, element } from "./dom";
import { texts } from "./texts";

/** Renders an approved article as an answer: the text, where it comes from and until when it was verified, and related questions. */
export function articleView(article: Article, ask: (text: string) => void): HTMLElement {
  const words = texts.article;
  const body = element("div", { class: "markdown" }, renderMarkdown(parseMarkdown(article.markdown), document));
  return element(
    "div",
    { class: "bubble article" },
    element("h3", { class: "article-title" }, article.title),
    article.expired ? element("p", { class: "expired" }, words.expired) : null,
    body,
    element(
      "details",
      { class: "sources" },
      element("summary", {}, words.details),
      article.sources.length > 0
        ? element("div", {}, element("span", {}, `${words.sources}：`), element("ul", {}, ...article.sources.map(sourceItem)))
        : null,
      element("p", {}, `${words.effective(article.effective_from)}；${words.reviewed(article.reviewed_until)}`),
    ),
    article.related.length > 0
      ? element(
          "div",
          { class: "related", role: "group", "aria-label": words.related },
          element("span", { class: "related-title" }, words.related),
          ...article.related.map((related) => button("choice", () => ask(related.title), related.title)),
        )
      : null,
  );
}

function sourceItem(source: Source): HTMLElement {
  const label = formatSource(source, texts.article.clause);
  const href = source.url === undefined ? null : safeHref(source.url);
  if (href === null) return element("li", {}, label);
  const link = createLink(href, document);
  link.append(label, element("span", { class: "hidden-text" }, texts.article.opensNew));
  return element("li", {}, link);
}
