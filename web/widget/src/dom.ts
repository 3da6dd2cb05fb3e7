type Child = Node | string | null;
interface Properties {
  class?: string;
  type?: string;
  hidden?: boolean;
  on?: { [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };
  [attribute: `aria-${string}` | `data-${string}`]: string;
  role?: string;
  id?: string;
  tabindex?: string;
  href?: string;
  for?: string;
}

/** Builds an element; text always becomes a text node. */
export function element<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, properties: Properties = {}, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  const { on, hidden, ...attributes } = properties;
  for (const [name, value] of Object.entries(attributes)) if (typeof value === "string") node.setAttribute(name, value);
  if (hidden === true) node.hidden = true;
  for (const [name, listener] of Object.entries(on ?? {})) node.addEventListener(name, listener as EventListener);
  for (const child of children) if (child !== null) node.append(child);
  return node;
}

/** Builds a button that does not submit a form. */
export function button(className: string, onClick: () => void, ...children: Child[]): HTMLButtonElement {
  return element("button", { type: "button", class: className, on: { click: onClick } }, ...children);
}

/** Sets text only when it differs, so that live regions stay quiet. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  chat: "M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.5H11l-4.6 4.2c-.5.4-1.2.1-1.2-.6V16A2.5 2.5 0 0 1 4 13.5zM8 8h8M8 11.5h5",
  shield: "M12 3l7 2.6v5.2c0 4.6-2.9 8.2-7 10.2-4.1-2-7-5.6-7-10.2V5.6zM8.8 12l2.3 2.3 4.3-4.6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12L20 4.5 15.5 20l-3.8-6.2zM11.7 13.8L20 4.5",
  phone: "M6.2 3.5h3l1.5 4.2-2 1.6a12 12 0 0 0 6 6l1.6-2 4.2 1.5v3c0 1-.8 1.9-1.9 1.8C11 19.200 4.800 13 4.300 5.400 4.200 4.300 5.100 3.500 6.200 3.500z",
  clip: "M19 11.500l-7.200 7.200a4.500 4.500 0 0 1-6.400-6.400l8-8a3 3 0 0 1 4.300 4.300l-7.800 7.800a1.500 1.500 0 0 1-2.200-2.100l7-7",
  file: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  down: "M12 5v14M6 13l6 6 6-6",
  alert: "M12 3.500L22 20.500H2zM12 10v4.500M12 17.500v.2",
} as const;

export type IconName = keyof typeof PATHS;

/** Draws an icon; it says nothing to a screen reader, the text beside it does. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  for (const [attribute, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" })) svg.setAttribute(attribute, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
