import type { ChatClient, ChatView } from "../../shared/client/chat_client";
import { ApiError } from "../../shared/client/api";
import { CallbackForm } from "./callback_form";
import { Composer } from "./composer";
import { button, element, icon, setText } from "./dom";
import { Lightbox } from "./lightbox";
import { MessageList } from "./message_list";
import { StatusArea } from "./status_area";
import { texts } from "./texts";
import { TitleBar } from "./title_bar";

export interface Starter {
  id: string;
  title: string;
  message: string;
}

const FOCUSABLE = "button:not([disabled]), a[href], input:not([disabled]), select, textarea, summary, [tabindex='0']";

/** The opened chat: joins the parts, passes on what the customer does, and shows what the client has. */
export class Panel {
  readonly node: HTMLElement;
  readonly #client: ChatClient;
  readonly #isModal: () => boolean;
  readonly #bar: TitleBar;
  readonly #status: StatusArea;
  readonly #callback: CallbackForm;
  readonly #list: MessageList;
  readonly #composer: Composer;
  readonly #lightbox: Lightbox;
  readonly #typing = element("p", { class: "typing", role: "status" });
  readonly #starters = element("div", { class: "starters", hidden: true, role: "group", "aria-label": texts.starters });
  #isRequestingHandoff = false;

  constructor(options: { client: ChatClient; isModal: () => boolean; onLarge: () => void; onClose: () => void; now: () => Date }) {
    const { client } = options;
    this.#client = client;
    this.#isModal = options.isModal;
    this.#bar = new TitleBar({ onHandoff: () => void this.#requestHandoff(), onLarge: options.onLarge, onClose: options.onClose });
    this.#status = new StatusArea({
      onReconnect: () => {
        client.wake();
        this.#list.focus();
      },
      onLeaveQueue: () => void this.#leaveQueue(),
      onDismiss: () => {
        client.dismissNotice();
        this.#composer.focus();
      },
      now: options.now,
    });
    this.#callback = new CallbackForm({
      load: () => client.withToken((api, token) => api.callback(token)),
      wish: (start, phone) => client.withToken((api, token) => api.wishCallback(token, start, phone)),
      takeBack: () => client.withToken((api, token) => api.takeBackCallback(token)),
      explain: (error) => (error instanceof ApiError && error.message !== "" ? error.message : (texts.errors["network"] ?? "")),
    });
    this.#list = new MessageList({
      intro: element("div", { class: "intro" }, element("p", { class: "disclosure" }, icon("shield"), element("span", {}, texts.disclosure)), this.#starters),
      actions: {
        ask: (text) => client.send({ text }),
        // Pressed buttons go away; the focus must not fall out of the panel with them.
        press: (message, id, title) => {
          client.send({ button: { message: message.id, id }, title });
          this.#list.focus();
        },
        retry: (clientId) => {
          client.retry(clientId);
          this.#list.focus();
        },
        discard: (clientId) => {
          client.discard(clientId);
          this.#composer.focus();
        },
        rate: (subject, word) => void client.rate(subject, word),
        loadFile: (id, part) => client.files.load(id, part),
        openPicture: (file, from) => this.#lightbox.open(file, from),
        retryUpload: (clientId) => {
          client.files.retry(clientId);
          this.#list.focus();
        },
        cancelUpload: (clientId) => {
          client.files.cancel(clientId);
          this.#composer.focus();
        },
        tick: (message, step, done) => client.tick({ conversation: message.conversation, message: message.id, step, done }),
      },
      context: {
        agentReadUpTo: (conversation) => client.agentReadUpTo(conversation),
        rating: (key) => client.rating(key),
        checklist: (conversation) => client.checklist(conversation),
        banks: () => client.banks(),
        now: options.now,
      },
    });
    this.#lightbox = new Lightbox((id, part) => client.files.load(id, part));
    this.#composer = new Composer({ onSend: (text, files) => (files.length > 0 ? client.sendFiles(files, text) : client.send({ text })), onInput: () => client.typing() });
    this.node = element(
      "section",
      { class: "panel", role: "dialog", "aria-labelledby": this.#bar.titleId, hidden: true },
      this.#bar.node,
      this.#status.node,
      this.#callback.node,
      this.#list.node,
      this.#typing,
      this.#composer.node,
      this.#lightbox.node,
    );
    this.#takeDrops();
    this.node.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) {
        event.stopPropagation();
        options.onClose();
      } else if (event.key === "Tab" && this.#isModal()) {
        this.#keepFocus(event);
      }
    });
  }

  get isOpen(): boolean {
    return !this.node.hidden;
  }

  show(): void {
    this.node.hidden = false;
    this.node.setAttribute("aria-modal", String(this.#isModal()));
    this.update(this.#client.view);
    this.#list.scrollToEnd();
    // On a phone the keyboard would cover the answer; there the focus goes to the title.
    if (this.#isModal()) this.#bar.focus();
    else this.#composer.focus();
  }

  hide(): void {
    this.node.hidden = true;
  }

  setName(name: string): void {
    this.#bar.setName(name);
    this.update(this.#client.view);
  }

  setLarge(isLarge: boolean): void {
    this.#bar.setLarge(isLarge);
  }

  /** Offers ways to begin, for as long as nothing has been said. */
  setStarters(starters: readonly Starter[]): void {
    this.#starters.replaceChildren(
      element("p", { class: "starters-title" }, texts.starters),
      ...starters.map((starter) =>
        button("choice", () => {
          this.#client.send({ text: starter.message });
          this.#list.focus();
        }, starter.title),
      ),
    );
    this.update(this.#client.view);
  }

  update(view: ChatView): void {
    if (!this.isOpen) return;
    this.#bar.update(view, this.#isRequestingHandoff);
    this.#status.update(view, navigator.onLine === false);
    const hasSaid = view.outgoing.length + view.uploads.length > 0 || view.messages.some((message) => message.sender === "customer");
    this.#starters.hidden = hasSaid || this.#starters.childElementCount === 0 || view.owner !== "bot";
    const calls = view.messages.filter((message) => message.body.event === "callback");
    this.#callback.update(view.owner === "queued" && view.queue !== null && view.queue.promised_at !== null, calls[calls.length - 1]?.id ?? null);
    this.#list.update(view);
    setText(this.#typing, view.isOtherTyping ? (view.owner === "agent" ? texts.typing.agent : texts.typing.bot) : "");
    this.#typing.classList.toggle("is-on", view.isOtherTyping);
    this.#composer.setPlaceholder(placeholderOf(view));
  }

  /** Files may be dropped anywhere on the chat. */
  #takeDrops(): void {
    const mark = (isOver: boolean): void => void this.node.classList.toggle("is-drop", isOver);
    this.node.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      mark(true);
    });
    this.node.addEventListener("dragleave", (event) => {
      if (!this.node.contains(event.relatedTarget as Node | null)) mark(false);
    });
    this.node.addEventListener("drop", (event) => {
      mark(false);
      if (!this.#composer.take(event.dataTransfer)) return;
      event.preventDefault();
      this.#composer.focus();
    });
  }

  /** What the server takes; told with the ways to begin. */
  setMostMegabytes(megabytes: number): void {
    this.#composer.setMostMegabytes(megabytes);
  }

  async #requestHandoff(): Promise<void> {
    if (this.#isRequestingHandoff) return;
    this.#isRequestingHandoff = true;
    this.update(this.#client.view);
    await this.#client.requestHandoff();
    this.#isRequestingHandoff = false;
    this.update(this.#client.view);
    // The button is gone once a person was asked for.
    if (this.#client.view.owner === "queued" || this.#client.view.owner === "agent") this.#bar.focus();
  }

  async #leaveQueue(): Promise<void> {
    await this.#client.cancelHandoff();
    this.#composer.focus();
  }

  #keepFocus(event: KeyboardEvent): void {
    const stops = [...this.node.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((stop) => stop.getClientRects().length > 0);
    const first = stops[0];
    const last = stops[stops.length - 1];
    const root = this.node.getRootNode();
    const active = root instanceof ShadowRoot || root instanceof Document ? root.activeElement : null;
    if (event.shiftKey && (active === first || !stops.includes(active as HTMLElement))) {
      event.preventDefault();
      last?.focus();
    } else if (!event.shiftKey && active === last) {
      event.preventDefault();
      first?.focus();
    }
  }
}

function placeholderOf(view: ChatView): string {
  if (view.owner === "closed") return texts.composer.placeholderClosed;
  return view.owner === "bot" ? texts.composer.placeholder : texts.composer.placeholderAgent;
}
