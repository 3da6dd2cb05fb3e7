import { ElMessage } from "element-plus";
import { nextTick } from "vue";
import { DeskError, explain } from "./api/http";
import type { Desk } from "./desk";
import { REPLY_FIELD } from "./keyboard";
import { texts } from "./texts";

/** Claims a queued conversation; tells who was faster when somebody was. */
export async function claimConversation(desk: Desk, id: string): Promise<void> {
  try {
    const { conversation } = await desk.api.claim(id);
    desk.lists.takeOut(id);
    void desk.lists.load("mine");
    desk.ui.tab = "mine";
    desk.openConversation(id);
    await desk.conversation.open(id);
    desk.conversation.applyDetail(conversation);
    ElMessage.success(texts.actions.claimed);
    await nextTick();
    // On a phone this would throw up the keyboard over what has to be read first.
    if (!matchMedia("(pointer: coarse)").matches) document.getElementById(REPLY_FIELD)?.focus();
  } catch (error) {
    if (error instanceof DeskError && error.code === "already_claimed") {
      const name = nameOf(error.details["agent"]);
      ElMessage.warning(name === null ? texts.actions.alreadyClaimedUnknown : texts.actions.alreadyClaimed(name));
      desk.lists.takeOut(id);
      if (desk.conversation.state.id === id) void desk.conversation.refresh();
      void desk.lists.load("queue");
    } else {
      ElMessage.error(explain(error));
    }
  }
}

/** Gives a conversation up in some way; true when the server agreed. */
export async function giveUp(desk: Desk, act: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await act();
  } catch (error) {
    ElMessage.error(explain(error));
    if (error instanceof DeskError && error.code === "not_owner") void desk.conversation.refresh();
    return false;
  }
  ElMessage.success(done);
  void desk.conversation.refresh();
  void desk.lists.load("mine");
  void desk.lists.load("closed");
  return true;
}

function nameOf(agent: unknown): string | null {
  if (typeof agent === "string" && agent !== "") return agent;
  if (typeof agent === "object" && agent !== null && "name" in agent && typeof agent.name === "string") return agent.name;
  return null;
}
