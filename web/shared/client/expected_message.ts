import type { Message } from "../protocol";
import type { Content } from "./api";

/** What a message will look like, until the server's copy comes. */
export function expectedOf(content: Content): Pick<Message, "kind" | "text" | "body"> {
  if ("file" in content) {
    const { file, text } = content;
    return { kind: file.width === null ? "file" : "image", text: text || file.name, body: { file, captioned: text !== "" } };
  }
  return { kind: "text", text: "text" in content ? content.text : content.title, body: {} };
}
