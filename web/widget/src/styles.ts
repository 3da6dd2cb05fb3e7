import tokens from "../../shared/tokens.css?inline";
import files from "./css/files.css?inline";
import messages from "./css/messages.css?inline";
import panel from "./css/panel.css?inline";
import ratings from "./css/ratings.css?inline";

/** Styles the shadow tree without inline styles, which a strict content security policy forbids. */
export function applyStyles(root: ShadowRoot, server: string): void {
  if ("adoptedStyleSheets" in root && typeof CSSStyleSheet.prototype.replaceSync === "function") {
    root.adoptedStyleSheets = [tokens, panel, messages, files, ratings].map((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return sheet;
    });
    return;
  }
  // Phones that stay on iOS 16.3 or older know no constructable style sheets; the build writes the same text to a file.
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL("/widget.css", new URL(server, window.location.href)).href;
  // The views replace the children of the root, so the link goes in once they have.
  queueMicrotask(() => root.prepend(link));
}
