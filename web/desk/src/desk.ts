import { ElMessage } from "element-plus";
import { computed, inject, reactive, shallowReactive, watch, type InjectionKey } from "vue";
import { browserClock } from "../../shared/client/clock";
import { browserStorage, memoryStorage, type KeyValueStorage } from "../../shared/storage";
import { TypingSender } from "../../shared/client/typing";
import { sendFile } from "../../shared/client/upload_transport";
import { Uploads, type Upload } from "../../shared/client/uploads";
import type { DeskServerFrame, QueueEntry } from "../../shared/protocol";
import { createDeskApi } from "./api/desk_api";
import { DeskError, createHttp, explain } from "./api/http";
import { openDeskSocket } from "./api/socket";
import { createRoutingApi } from "./api/routing_api";
import { createToolsApi } from "./api/tools_api";
import { watchRoute } from "./route";
import { createBeep, showNotification, titleFor } from "./state/alerts";
import { CannedReplies } from "./state/canned";
import { createFileSender } from "./api/file_sender";
import { Broadcasts } from "./state/broadcasts";
import { Connection, type ConnectionState } from "./state/connection";
import { OpenConversation } from "./state/conversation";
import { Drafts } from "./state/drafts";
import { LIST_NAMES, Lists, type ListName } from "./state/lists";
import { Offers } from "./state/offers";
import { Notifications } from "./state/notifications";
import { Outbox, type Outgoing } from "./state/outbox";
import { applyQueueChanges } from "./state/queue_changes";
import { Poller } from "./state/poller";
import { applyPreferences, loadPreferences } from "./state/preferences";
import { Session } from "./state/session";
import { Views } from "./state/views";
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
  const tools = createToolsApi(http);
  const routing = createRoutingApi(http);
  const session = new Session(http, api, clock);
  const broadcasts = new Broadcasts(api.board);
  const route = watchRoute(view);
  const preferences = loadPreferences(browserStorage());
  applyPreferences(preferences, view.document.documentElement, view.matchMedia("(prefers-color-scheme: dark)"));

  const connectionState: ConnectionState = reactive({ phase: "idle", retryAt: null });
  const outgoing: { items: readonly Outgoing[] } = shallowReactive({ items: [] });
  const uploading: { items: readonly Upload[] } = shallowReactive({ items: [] });
  const ui: { tab: ListName; cardTab: "card" | "search"; announcement: string; writing: "reply" | "note"; showsShortcuts: boolean; showsClose: boolean } = reactive({
    tab: "queue", cardTab: "card", announcement: "", writing: "reply", showsShortcuts: false, showsClose: false,
  });
  const drafts = new Drafts(tabStorage);
  const draftTexts = reactive(new Map<string, string>());
  const beep = createBeep();

  const lists = new Lists(api, clock.now, (fresh) => {
    ui.announcement = texts.lists.newUrgent(fresh.length);
    if (!preferences.muted) beep();
    if (view.document.hidden) showNotification(`${texts.app.name}：${texts.lists.newUrgent(fresh.length)}`);
  });

  const offers = new Offers((fresh) => {
    const urgent = fresh.filter((entry) => entry.priority === "urgent").length;
    ui.announcement = urgent > 0 ? texts.offers.freshUrgent(urgent) : texts.offers.fresh(fresh.length);
    if (!preferences.muted) beep();
    if (view.document.hidden) showNotification(`${texts.app.name}：${ui.announcement}`);
  });
  watch(
    () => [lists.state.queue.rows, session.state.agent?.id ?? null] as const,
    ([entries, agent]) => offers.look(entries, agent),
  );
  const canned = new CannedReplies(tools);
  const views = new Views(tools, clock);
  const notifications = new Notifications(tools, (count) => {
    ui.announcement = texts.notifications.fresh(count);
    if (view.document.hidden) showNotification(`${texts.app.name}：${texts.notifications.fresh(count)}`);
    void lists.load("mentions");
  });

  const outbox: Outbox = new Outbox({
    clock,
    storage: tabStorage,
    newId: () => crypto.randomUUID(),
    deliver: (item) => api.send(item.conversation, item.clientId, item.text, item.seen),
    isCrossed: (error) => error instanceof DeskError && error.code === "replied_meanwhile",
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
    notes: (id) => tools.notes(id),
  });
  const uploads: Uploads = new Uploads({
    clock,
    newId: () => crypto.randomUUID(),
    send: createFileSender({ csrf: () => http.csrf, sendFile, post: (id, clientId, file) => api.sendFile(id, clientId, file) }),
    sent(_file, { conversation: id }) {
      if (conversation.state.id === id && connectionState.phase !== "open") void conversation.refresh();
    },
    unauthorized: () => session.expire(),
    changed: () => (uploading.items = uploads.list()),
  });
  const typing = new TypingSender(clock, (on) => {
    const { id } = conversation.state;
    if (id !== null) connection.send({ t: "typing", conv: id, on });
  });

  let isOpenInQueue = false;
  // As the socket's frames say: the list on the screen may be a step ahead, after a claim.
  let queue: QueueEntry[] = [];
  function receive(frame: DeskServerFrame): void {
    if (conversation.receive(frame)) return;
    if (frame.t === "hello") {
      session.update(frame.agent);
      conversation.subscribe();
    } else if (frame.t === "queue" || frame.t === "queue_changes") {
      queue = frame.t === "queue" ? frame.entries : applyQueueChanges(queue, frame);
      lists.applyQueue(queue, frame.at);
      // Somebody else took the conversation that is being looked at: show who.
      const wasOpenInQueue = isOpenInQueue;
      isOpenInQueue = queue.some((entry) => entry.conversation === conversation.state.id);
      if (wasOpenInQueue && !isOpenInQueue) void conversation.refresh();
      views.hint();
    } else if (frame.t === "mine") {
      lists.applyMine(frame.conversations);
      offers.applyLost(frame.lost ?? []);
      views.hint();
    } else if (frame.t === "broadcasts") {
      broadcasts.apply(frame.broadcasts);
    } else if (frame.t === "notifications") {
      notifications.applyUnread(frame.unread);
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
        void canned.load();
        void views.loadViews();
        void notifications.load();
        followView();
        if (route.current.page === "desk") void conversation.open(route.current.conversation);
      } else if (phase === "signed_out") {
        connection.stop();
        lists.clear();
        views.clear();
        canned.clear();
        offers.clear();
        notifications.clear();
        broadcasts.clear();
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
  view.addEventListener("online", () => {
    connection.wake();
    uploads.wake();
  });
  view.document.addEventListener("visibilitychange", () => {
    if (view.document.hidden) return;
    connection.wake();
    conversation.reportRead();
  });

  /** The address decides which list or saved view is shown. */
  function followView(): void {
    const tab = LIST_NAMES.find((name) => name === route.view);
    if (tab !== undefined || route.view === null) ui.tab = tab ?? "queue";
    void views.open(tab === undefined ? route.view : null);
  }
  watch(
    () => route.view,
    () => {
      if (session.state.phase === "signed_in") followView();
    },
  );
  watch(
    () => conversation.state.id,
    (id) => {
      ui.writing = "reply";
      if (id !== null) void notifications.markRead(id);
    },
  );

  /** Drafts belong to a person, not to a computer: another agent in the same tab starts empty. */
  function forgetForOther(agentId: string): void {
    if (tabStorage.getItem(OWNER_KEY) !== agentId) forgetWriting();
    tabStorage.setItem(OWNER_KEY, agentId);
  }

  function forgetWriting(): void {
    drafts.clear();
    draftTexts.clear();
    outbox.clear();
    uploads.clear();
  }

  return {
    api, broadcasts, tools, routing, offers, canned, views, notifications, session, route, preferences, connection, connectionState, lists, conversation, outbox, outgoing, uploads, uploading, ui, typing,
    isMine: computed(() => {
      const { detail } = conversation.state;
      return detail !== null && detail.owner === "agent" && detail.agent?.id === session.state.agent?.id;
    }),
    draftOf: (id: string): string => draftTexts.get(id) ?? drafts.get(id),
    setDraft(id: string, text: string): void {
      draftTexts.set(id, text);
      drafts.set(id, text);
    },
    showTab: (tab: ListName): void => route.showView(tab === "queue" ? null : tab),
    showView: (id: string | null): void => route.showView(id),
    openConversation: (id: string): void => route.go({ page: "desk", conversation: id, showsCard: false }),
    /** A conversation changed hands: tell so, and look again at what that changes. */
    passedOn(done: string): void {
      ElMessage.success(done);
      void conversation.refresh();
      void lists.load("mine");
      void lists.load("queue");
    },
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
