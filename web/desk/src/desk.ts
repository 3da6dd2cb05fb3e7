import { ElMessage } from "element-plus";
import { computed, inject, reactive, shallowReactive, watch, type InjectionKey } from "vue";
import { browserClock } from "../../shared/client/clock";
import { browserStorage, memoryStorage, type KeyValueStorage } from "../../shared/storage";
import { TypingSender } from "../../shared/client/typing";
import type { DeskServerFrame } from "../../shared/protocol";
import { createDeskApi } from "./api/desk_api";
import { DeskError, createHttp, explain } from "./api/http";
import { openDeskSocket } from "./api/socket";
import { watchRoute } from "./route";
import { createBeep, showNotification, titleFor } from "./state/alerts";
import { Connection, type ConnectionState } from "./state/connection";
import { OpenConversation } from "./state/conversation";
import { Drafts } from "./state/drafts";
import { Lists, type ListName } from "./state/lists";
import { Outbox, type Outgoing } from "./state/outbox";
import { Poller } from "./state/poller";
import { applyPreferences, loadPreferences } from "./state/preferences";
import { Session } from "./state/session";
import { texts } from "./texts";

/** What the screens share. Only here are the parts joined. */
export type Desk = ReturnType<typeof createDesk>;
export const deskKey: InjectionKey<Desk> = Symbol("desk");

/** The desk of the surrounding app. */
export function useDesk(): Desk {
  const desk = inject(deskKey);
  if (desk === undefined) throw new Error("No desk was provided");
  return desk;
}

const OWNER_KEY = "xiaobao.desk.owner";

/** Builds the state of the whole desk in a browser window. */
export function createDesk(view: Window) {
  const clock = browserClock;
  const tabStorage = findTabStorage(view);
  const http = createHttp("/desk/api", (...request) => view.fetch(...request));
  const api = createDeskApi(http);
  const session = new Session(http, api, clock);
  const route = watchRoute(view);
  const preferences = loadPreferences(browserStorage());
  applyPreferences(preferences, view.document.documentElement, view.matchMedia("(prefers-color-scheme: dark)"));

  const connectionState: ConnectionState = reactive({ phase: "idle", retryAt: null });
  const outgoing: { items: readonly Outgoing[] } = shallowReactive({ items: [] });
  const ui: { tab: ListName; cardTab: "card" | "search"; announcement: string; showsShortcuts: boolean; showsClose: boolean } = reactive({
    tab: "queue", cardTab: "card", announcement: "", showsShortcuts: false, showsClose: false,
  });
  const drafts = new Drafts(tabStorage);
  const draftTexts = reactive(new Map<string, string>());
  const beep = createBeep();

  const lists = new Lists(api, clock.now, (fresh) => {
    ui.announcement = texts.lists.newUrgent(fresh.length);
    if (!preferences.muted) beep();
    if (view.document.hidden) showNotification(`${texts.app.name}：${texts.lists.newUrgent(fresh.length)}`);
  });

  const outbox: Outbox = new Outbox({
    clock,
    storage: tabStorage,
    newId: () => crypto.randomUUID(),
    deliver: (item) => api.send(item.conversation, item.clientId, item.text),
    isTransient: (error) => error instanceof DeskError && error.isTransient,
    explain,
    onChange: (items) => (outgoing.items = items),
    onDelivered(id) {
      if (conversation.state.id !== id) return;
      outbox.confirm(conversation.state.messages);
      if (connectionState.phase !== "open") void conversation.refresh();
    },
  });
  outgoing.items = outbox.items;

  const connection = new Connection({
    clock,
    random: Math.random,
    connect: openDeskSocket,
    onFrame: receive,
    onState: (state) => Object.assign(connectionState, state),
    onSignedOut: () => session.expire(),
  });

  const conversation: OpenConversation = new OpenConversation({
    api,
    clock,
    send: (frame) => connection.send(frame),
    isLookedAt: (detail) => !view.document.hidden && detail.owner === "agent" && detail.agent?.id === session.state.agent?.id,
    onArrived: (messages) => outbox.confirm(messages),
    onRead: (id) => lists.markRead(id),
  });
  const typing = new TypingSender(clock, (on) => {
    const { id } = conversation.state;
    if (id !== null) connection.send({ t: "typing", conv: id, on });
  });

  let isOpenInQueue = false;
  function receive(frame: DeskServerFrame): void {
    if (conversation.receive(frame)) return;
    if (frame.t === "hello") {
      session.update(frame.agent);
      conversation.subscribe();
    } else if (frame.t === "queue") {
      lists.applyQueue(frame.entries, frame.at);
      // Somebody else took the conversation that is being looked at: show who.
      const wasOpenInQueue = isOpenInQueue;
      isOpenInQueue = frame.entries.some((entry) => entry.conversation === conversation.state.id);
      if (wasOpenInQueue && !isOpenInQueue) void conversation.refresh();
    } else if (frame.t === "mine") {
      lists.applyMine(frame.conversations);
    } else if (frame.t === "err") {
      if (frame.code === "conversation_not_found") void conversation.refresh();
      else ElMessage.error(frame.message);
    }
  }

  const poller = new Poller(clock, async () => {
    await Promise.all([lists.load("queue"), lists.load("mine"), conversation.refresh()]);
  });
  watch(
    () => session.state.phase === "signed_in" && connectionState.phase !== "open",
    (isNeeded) => poller.setRunning(isNeeded),
  );

  watch(
    () => session.state.phase,
    (phase) => {
      if (phase === "signed_in" && session.state.agent !== null) {
        forgetForOther(session.state.agent.id);
        connection.start();
        void lists.load("queue");
        void lists.load("mine");
        if (route.current.page === "desk") void conversation.open(route.current.conversation);
      } else if (phase === "signed_out") {
        connection.stop();
        lists.clear();
        conversation.clear();
      }
    },
  );
  watch(
    () => (route.current.page === "desk" ? route.current.conversation : null),
    (id) => {
      typing.stop();
      if (session.state.phase === "signed_in") void conversation.open(id);
    },
  );
  watch(
    () => titleFor(texts.app.name, lists.urgent, lists.unread, { urgent: texts.lists.titleUrgent, unread: texts.lists.titleUnread }),
    (title) => (view.document.title = title),
    { immediate: true },
  );
  view.addEventListener("online", () => connection.wake());
  view.document.addEventListener("visibilitychange", () => {
    if (view.document.hidden) return;
    connection.wake();
    conversation.reportRead();
  });

  /** Drafts belong to a person, not to a computer: another agent in the same tab starts empty. */
  function forgetForOther(agentId: string): void {
    if (tabStorage.getItem(OWNER_KEY) !== agentId) forgetWriting();
    tabStorage.setItem(OWNER_KEY, agentId);
  }

  function forgetWriting(): void {
    drafts.clear();
    draftTexts.clear();
    outbox.clear();
  }

  return {
    api, session, route, preferences, connection, connectionState, lists, conversation, outbox, outgoing, ui, typing,
    isMine: computed(() => {
      const { detail } = conversation.state;
      return detail !== null && detail.owner === "agent" && detail.agent?.id === session.state.agent?.id;
    }),
    draftOf: (id: string): string => draftTexts.get(id) ?? drafts.get(id),
    setDraft(id: string, text: string): void {
      draftTexts.set(id, text);
      drafts.set(id, text);
    },
    openConversation: (id: string): void => route.go({ page: "desk", conversation: id, showsCard: false }),
    async signOut(): Promise<void> {
      forgetWriting();
      await session.signOut();
    },
  };
}

function findTabStorage(view: Window): KeyValueStorage {
  try {
    view.sessionStorage.getItem(OWNER_KEY);
    return view.sessionStorage;
  } catch {
    return memoryStorage();
  }
}
