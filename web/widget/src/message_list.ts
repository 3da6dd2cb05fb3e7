import type { ChatView } from "../../shared/client/chat_client";
import type { Checklist } from "../../shared/client/checklists";
import { subjectOf, type Rating } from "../../shared/client/ratings";
import type { Bank, Message } from "../../shared/protocol";
import { button, element, icon, setText } from "./dom";
import {
  CustomerMessageView,
  EventMessageView,
  RatingMessageView,
  ReceivedMessageView,
  hasSteps,
  separator,
  sendStateOf,
  wordsOf,
  type MessageActions,
  type MessageView,
  type SendState,
} from "./message_view";
import { texts } from "./texts";
import { UploadView } from "./upload_view";
import { formatMoment, needsSeparator } from "./times";

const NEAR_END_PX = 64;
// Room above a new message, so that the line before it stays in sight.
const CONTEXT_PX = 72;

/** What the list needs to know beside the view. */
export interface ListContext {
  agentReadUpTo(conversation: string): number;
  rating(key: string): Rating | null;
  checklist(conversation: string): Checklist;
  banks(): readonly Bank[];
  now(): Date;
}

/** The scrolling list of messages; keeps the nodes it has and adds what is new. */
export class MessageList {
  readonly node: HTMLElement;
  readonly #log: HTMLElement;
  readonly #jump: HTMLButtonElement;
  readonly #jumpLabel = element("span");
  readonly #actions: MessageActions;
  readonly #context: ListContext;
  readonly #views = new Map<string, { view: MessageView; at: string }>();
  #missed = 0;
  // Noted when the customer scrolls: the lines above and the composer below change the height without anyone scrolling.
  #isAtEnd = true;
  #hasShownHistory = false;

  constructor(options: { intro: HTMLElement; actions: MessageActions; context: ListContext }) {
    this.#actions = options.actions;
    this.#context = options.context;
    // History is not read out; announcements begin once it is there.
    this.#log = element("div", { class: "log", role: "log", "aria-label": texts.log, "aria-live": "off", "aria-relevant": "additions", tabindex: "0" }, options.intro);
    this.#log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#jump = button("jump", () => this.scrollToEnd(), icon("down"), this.#jumpLabel);
    this.#jump.hidden = true;
    this.node = element("div", { class: "log-frame" }, this.#log, this.#jump);
    if (typeof ResizeObserver === "function") new ResizeObserver(() => this.#stayAtEnd()).observe(this.#log);
  }

  focus(): void {
    this.#log.focus();
  }

  update(view: ChatView): void {
    const wasAtEnd = this.#isAtEnd;
    const added = this.#reconcile(view);
    if (added.length > 0) this.#follow(added, wasAtEnd);
    else this.#stayAtEnd();
    if (view.isHistoryLoaded && !this.#hasShownHistory) {
      this.#hasShownHistory = true;
      this.scrollToEnd();
      // In a later turn: what was added in this one must not be announced.
      setTimeout(() => this.#log.setAttribute("aria-live", "polite"), 300);
    }
  }

  scrollToEnd(): void {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#scrolled();
  }

  #reconcile(view: ChatView): { node: HTMLElement; isOwn: boolean }[] {
    const wanted: { key: string; node: HTMLElement; isNew: boolean; isOwn: boolean }[] = [];
    let previousAt: Date | null = null;
    const place = (key: string, at: Date, isOwn: boolean, make: () => MessageView): MessageView => {
      if (needsSeparator(previousAt, at)) {
        const label = formatMoment(at, this.#context.now());
        const line = this.#keep(`time:${key}`, label, () => ({ node: separator(label) }));
        wanted.push({ key: `time:${key}`, node: line.view.node, isNew: false, isOwn });
      }
      previousAt = at;
      const kept = this.#keep(key, "", make);
      wanted.push({ key, node: kept.view.node, isNew: kept.isNew, isOwn });
      return kept.view;
    };

    const newest = newestOf(view);
    const lastOwn = lastOwnOf(view);
    const liveCards = liveCardsOf(view.messages);
    for (const message of view.messages) {
      const isOwn = message.sender === "customer";
      const shown = place(keyOf(message), new Date(message.at), isOwn, () => this.#make(message));
      if (shown instanceof CustomerMessageView) {
        shown.setText(wordsOf(message));
        shown.update(this.#stateOf(message, lastOwn), null);
      } else if (shown instanceof ReceivedMessageView) {
        shown.update(message === newest);
        const subject = subjectOf(message);
        if (subject) shown.updateSolved(this.#context.rating(subject.key), message === newest);
        if (hasSteps(message)) this.#updateCard(shown, message, liveCards.has(message.id));
      } else if (shown instanceof RatingMessageView) shown.update(this.#context.rating(shown.subject.key));
    }
    const isConnected = view.status === "live" || view.status === "polling";
    for (const outgoing of view.outgoing) {
      const { content } = outgoing;
      const said = "file" in content ? { text: content.text, body: { file: content.file, captioned: content.text !== "" } } : { text: "text" in content ? content.text : content.title, body: {} };
      const at = new Date(outgoing.createdAt);
      const shown = place(outgoing.clientId, at, true, () => new CustomerMessageView(said, at, this.#actions));
      if (shown instanceof CustomerMessageView) shown.update(sendStateOf(outgoing, isConnected), outgoing.clientId);
    }
    const uploads = { retry: (clientId: string) => this.#actions.retryUpload(clientId), cancel: (clientId: string) => this.#actions.cancelUpload(clientId) };
    for (const upload of view.uploads) {
      const shown = place(`upload:${upload.createdAt}:${upload.file.name}`, new Date(upload.createdAt), true, () => new UploadView(upload, uploads));
      if (shown instanceof UploadView) shown.update(upload, isConnected);
    }
    this.#arrange(wanted.map(({ key, node }) => ({ key, node })));
    return wanted.filter((item) => item.isNew);
  }

  #keep(key: string, stamp: string, make: () => MessageView): { view: MessageView; isNew: boolean } {
    const known = this.#views.get(key);
    if (known && known.at === stamp) return { view: known.view, isNew: false };
    const view = make();
    this.#views.set(key, { view, at: stamp });
    return { view, isNew: true };
  }

  #make(message: Message): MessageView {
    if (message.kind === "event") return new EventMessageView(message);
    if (message.kind === "rating_request") return new RatingMessageView(message, this.#actions);
    if (message.sender === "customer") return new CustomerMessageView(message, new Date(message.at), this.#actions);
    return new ReceivedMessageView(message, this.#actions, () => this.#context.now());
  }

  #updateCard(shown: ReceivedMessageView, { conversation }: Message, isLive: boolean): void {
    shown.updateCard({ checklist: this.#context.checklist(conversation), banks: this.#context.banks(), isLive });
  }

  /** Brings the children into the wanted order, moving as few as possible: a moved node loses focus and may be announced again. */
  #arrange(wanted: { key: string; node: HTMLElement }[]): void {
    const keep = new Set<Node>(wanted.map((item) => item.node));
    const keys = new Set(wanted.map((item) => item.key));
    for (const key of [...this.#views.keys()]) if (!keys.has(key)) this.#views.delete(key);
    for (const child of [...this.#log.children].slice(1)) if (!keep.has(child)) child.remove();
    let next: Element | null = this.#log.children[1] ?? null;
    for (const { node } of wanted) {
      if (node === next) next = next.nextElementSibling;
      else this.#log.insertBefore(node, next);
    }
  }

  #stateOf(message: Message, lastOwn: Message | null): SendState {
    if (message !== lastOwn) return { kind: "none" };
    return { kind: this.#context.agentReadUpTo(message.conversation) >= message.seq ? "read" : "sent" };
  }

  #stayAtEnd(): void {
    if (this.#isAtEnd) this.scrollToEnd();
    else this.#showJump();
  }

  #follow(added: { node: HTMLElement; isOwn: boolean }[], wasAtEnd: boolean): void {
    const first = added[0];
    if (!first) return;
    if (added.some((item) => item.isOwn)) return this.scrollToEnd();
    if (wasAtEnd) {
      // The start of a long answer matters more than its end.
      this.#log.scrollTop = Math.min(this.#log.scrollHeight, first.node.offsetTop - CONTEXT_PX);
      this.#scrolled();
    } else {
      this.#missed += added.length;
    }
    this.#showJump();
  }

  #isNearEnd(): boolean {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR_END_PX;
  }

  #scrolled(): void {
    this.#isAtEnd = this.#isNearEnd();
    if (this.#isAtEnd) this.#missed = 0;
    this.#showJump();
  }

  #showJump(): void {
    this.#jump.hidden = this.#isNearEnd();
    setText(this.#jumpLabel, this.#missed > 0 ? texts.jumpNew(this.#missed) : texts.jump);
  }
}

/** The client's identifier where there is one, so that a message keeps its node when the server's copy arrives. */
function keyOf(message: Message): string {
  return message.client_id ?? message.id;
}

/** The newest card of each conversation: a graver state brings another list of steps. */
function liveCardsOf(messages: readonly Message[]): Set<string> {
  const newest = new Map(messages.filter(hasSteps).map((message) => [message.conversation, message.id]));
  return new Set(newest.values());
}

function lastOwnOf(view: ChatView): Message | null {
  if (view.outgoing.length + view.uploads.length > 0) return null;
  const own = view.messages.filter((message) => message.sender === "customer");
  return own[own.length - 1] ?? null;
}

/** The newest thing said; lines about changes do not take the buttons from under it. */
function newestOf(view: ChatView): Message | null {
  if (view.outgoing.length > 0) return null;
  const said = view.messages.filter((message) => message.kind !== "event");
  const newest = said[said.length - 1];
  return newest && newest.conversation === view.conversation && view.owner !== "closed" ? newest : null;
}
