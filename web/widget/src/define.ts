import { setScriptOrigin, XiaobaoChat } from "./element";

const TAG = "xiaobao-chat";

declare global {
  interface HTMLElementTagNameMap {
    "xiaobao-chat": XiaobaoChat;
  }
}

// Known only while the script itself runs.
const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;
if (script?.src) setScriptOrigin(new URL(script.src).origin);

// A page that embeds the script twice gets one element and no error.
if (!customElements.get(TAG)) {
  customElements.define(TAG, XiaobaoChat);
  if (script && !script.hasAttribute("data-manual")) {
    const add = (): void => {
      if (!document.querySelector(TAG)) document.body.append(document.createElement(TAG));
    };
    if (document.body) add();
    else document.addEventListener("DOMContentLoaded", add, { once: true });
  }
}
