import { formatSource } from "../../shared/article_source";
import { parseMarkdown, type Inline } from "../../shared/markdown";
import type { Article } from "../../shared/protocol";
import { texts } from "./texts";

/** An article as a reply: its short answer and where it comes from, so that the customer can check. */
export function quoteArticle(article: Article): string {
  const sources = article.sources.map((source) => formatSource(source, texts.search.clause)).join(texts.search.sourceSeparator);
  const answer = article.short.trim() === "" ? plainText(article.markdown) : article.short.trim();
  return `${answer}\n${texts.search.quoted(article.title, sources)}`;
}

/** Article text without its marks, because replies are plain text. */
export function plainText(markdown: string): string {
  return parseMarkdown(markdown)
    .map((block) =>
      block.type === "paragraph"
        ? inlineText(block.children)
        : block.items.map((item, index) => `${block.ordered ? `${block.start + index}. ` : "- "}${inlineText(item)}`).join("\n"),
    )
    .join("\n");
}

function inlineText(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => {
      if (node.type === "text") return node.text;
      return node.type === "break" ? "\n" : inlineText(node.children);
    })
    .join("");
}
