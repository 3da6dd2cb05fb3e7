import type { XiaobaoChat } from "../../widget/src/element";

// The widget is a script of its own; on a slow network it may come after the page.
const PATIENCE_MS = 8_000;

/** Asks the chat on this page a question; answers whether there is a chat. */
export async function askChat(question: string): Promise<boolean> {
  const isDefined = await Promise.race([
    customElements.whenDefined("xiaobao-chat").then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), PATIENCE_MS)),
  ]);
  const chat = document.querySelector<XiaobaoChat>("xiaobao-chat");
  if (!isDefined || !chat) return false;
  chat.ask(question);
  return true;
}
