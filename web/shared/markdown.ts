/**
 * The tiny Markdown subset of articles: paragraphs, `-` and `1.` lists, `**bold**` and `[text](https://…)`.
 * Anything else stays visible as the text it is; nothing here ever makes HTML out of a string.
 */
export type Inline =
  | { type: "text"; text: string }
  | { type: "break" }
  | { type: "bold"; children: Inline[] }
  | { type: "link"; href: string; children: Inline[] };

export type Block =
  | { type: "paragraph"; children: Inline[] }
  | { type: "list"; ordered: boolean; start: number; items: Inline[][] };

const BULLET = /^\s{0,3}[-*]\s+(.*)$/;
const NUMBER = /^\s{0,3}(\d{1,9})[.、)]\s+(.*)$/;
const INLINE = /\*\*(.+?)\*\*|\[([^\]\n]+)\]\(([^()\s]+)\)/;

/** Returns the address when it is plain http(s) without embedded credentials, else null. */
export function safeHref(address: string): string | null {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  const allowed = (url.protocol === "https:" || url.protocol === "http:") && url.username === "" && url.password === "";
  return allowed ? url.href : null;
}

/** Parses article text into blocks; never fails. */
export function parseMarkdown(text: string): Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  let list: { ordered: boolean; start: number; items: string[] } | null = null;

  const endParagraph = (): void => {
    if (paragraph.length > 0) blocks.push({ type: "paragraph", children: parseLines(paragraph) });
    paragraph = [];
  };
  const endList = (): void => {
    if (list) blocks.push({ type: "list", ordered: list.ordered, start: list.start, items: list.items.map((item) => parseLines(item.split("\n"))) });
    list = null;
  };
  const addItem = (ordered: boolean, start: number, item: string): void => {
    endParagraph();
    if (list && list.ordered !== ordered) endList();
    list ??= { ordered, start, items: [] };
    list.items.push(item);
  };

  // A blank line inside a list does not end it, so that loosely written lists keep their numbering.
  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    const bullet = BULLET.exec(line);
    const number = NUMBER.exec(line);
    if (bullet) {
      addItem(false, 1, bullet[1] ?? "");
    } else if (number) {
      addItem(true, Number(number[1]), number[2] ?? "");
    } else if (line.trim() === "") {
      endParagraph();
    } else if (list && /^\s/.test(line)) {
      const open: { items: string[] } = list;
      open.items.push(`${open.items.pop() ?? ""}\n${line.trim()}`);
    } else {
      endList();
      paragraph.push(line.trim());
    }
  }
  endParagraph();
  endList();
  return blocks;
}

function parseLines(lines: string[]): Inline[] {
  return lines.flatMap((line, index) => (index === 0 ? parseInline(line) : [{ type: "break" } as const, ...parseInline(line)]));
}

function parseInline(text: string): Inline[] {
  const nodes: Inline[] = [];
  let rest = text;
  for (let match = INLINE.exec(rest); match; match = INLINE.exec(rest)) {
    if (match.index > 0) nodes.push({ type: "text", text: rest.slice(0, match.index) });
    const [whole, bold, label, address] = match;
    const href = address === undefined ? null : safeHref(address);
    if (bold !== undefined) nodes.push({ type: "bold", children: parseInline(bold) });
    else if (href !== null && label !== undefined) nodes.push({ type: "link", href, children: parseInline(label) });
    else nodes.push({ type: "text", text: whole });
    rest = rest.slice(match.index + whole.length);
  }
  if (rest !== "") nodes.push({ type: "text", text: rest });
  return nodes;
}

/** Makes an outward link that tells the other site nothing about this page. */
export function createLink(href: string, document: Document): HTMLAnchorElement {
  const link = document.createElement("a");
  link.href = href;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  return link;
}

/** Builds DOM nodes for parsed blocks. */
export function renderMarkdown(blocks: Block[], document: Document): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const block of blocks) {
    if (block.type === "paragraph") {
      const paragraph = document.createElement("p");
      appendInlines(paragraph, block.children, document);
      fragment.append(paragraph);
      continue;
    }
    const list = document.createElement(block.ordered ? "ol" : "ul");
    if (list instanceof HTMLOListElement && block.start !== 1) list.start = block.start;
    for (const item of block.items) {
      const entry = document.createElement("li");
      appendInlines(entry, item, document);
      list.append(entry);
    }
    fragment.append(list);
  }
  return fragment;
}

function appendInlines(parent: Node, nodes: Inline[], document: Document): void {
  for (const node of nodes) {
    if (node.type === "text") parent.appendChild(document.createTextNode(node.text));
    else if (node.type === "break") parent.appendChild(document.createElement("br"));
    else {
      const element = node.type === "bold" ? document.createElement("strong") : createLink(node.href, document);
      appendInlines(element, node.children, document);
      parent.appendChild(element);
    }
  }
}
