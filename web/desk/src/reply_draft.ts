import { nextTick } from "vue";
import type { Desk } from "./desk";
import { REPLY_FIELD } from "./keyboard";

/** Puts text into the reply box, after what is there; never sends it. False where nothing can be written. */
export async function addToReply(desk: Desk, text: string): Promise<boolean> {
  const conversation = desk.conversation.state.id;
  if (conversation === null || !desk.isMine.value) return false;
  const before = desk.draftOf(conversation).trimEnd();
  desk.setDraft(conversation, before === "" ? text : `${before}\n${text}`);
  desk.ui.writing = "reply";
  const { current } = desk.route;
  if (current.page === "desk" && current.showsCard) desk.route.go({ ...current, showsCard: false });
  await nextTick();
  document.getElementById(REPLY_FIELD)?.focus();
  return true;
}
