import { defineComponent, h, type VNodeChild } from "vue";
import { parseMarkdown, type Inline } from "../../../shared/markdown";

/** Article text as elements; the parser decides what is a link, and text stays text. */
export default defineComponent({
  name: "MarkdownText",
  props: { markdown: { type: String, required: true } },
  setup: (props) => () =>
    h(
      "div",
      { class: "markdown" },
      parseMarkdown(props.markdown).map((block) => {
        if (block.type === "paragraph") return h("p", block.children.map(renderInline));
        const attributes = block.ordered && block.start !== 1 ? { start: block.start } : {};
        return h(block.ordered ? "ol" : "ul", attributes, block.items.map((item) => h("li", item.map(renderInline))));
      }),
    ),
});

function renderInline(node: Inline): VNodeChild {
  if (node.type === "text") return node.text;
  if (node.type === "break") return h("br");
  const children = node.children.map(renderInline);
  if (node.type === "bold") return h("strong", children);
  return h("a", { href: node.href, target: "_blank", rel: "noopener noreferrer nofollow" }, children);
}
