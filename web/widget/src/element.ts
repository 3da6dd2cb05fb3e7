import { ChatClient, type ChatView } from "../../shared/client/chat_client";
import { browserClock } from "../../shared/client/clock";
import { newClientId } from "../../shared/client/outbox";
import { LargeTextPreference } from "../../shared/large_text";
import { browserStorage } from "../../shared/storage";
import { Launcher } from "./launcher";
import { Panel } from "./panel";
import { applyStyles } from "./styles";

// Below this the panel fills the screen; the style sheet says the same.
const PHONE = "(max-width: 599px), (max-height: 499px)";

/** Where the script came from; the element talks to that server unless told otherwise. */
let scriptOrigin = "";

/** Remembers the script's origin; to be called while the script runs for the first time. */
export function setScriptOrigin(origin: string): void {
  scriptOrigin = origin;
}

/** `<xiaobao-chat>`: the chat for any page. Attributes, events and methods are in docs/protocol.md, section 5. */
export class XiaobaoChat extends HTMLElement {
  static readonly observedAttributes = ["open", "title"];

  readonly #root: ShadowRoot;
  readonly #phone = window.matchMedia(PHONE);
  #client: ChatClient | null = null;
  #panel: Panel | null = null;
  #launcher: Launcher | null = null;
  #largeText: LargeTextPreference | null = null;
  #disconnect: AbortController | null = null;
  #returnFocusTo: HTMLElement | null = null;
  #unread = 0;
  #hasStarters = false;

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open", delegatesFocus: false });
  }

  connectedCallback(): void {
    if (this.#client) return;
    const server = (this.getAttribute("server") ?? scriptOrigin) || window.location.origin;
    const storage = browserStorage();
    const client = new ChatClient({
      server: new URL(server, window.location.href).origin,
      tokenUrl: this.getAttribute("token-url"),
      storage,
      clock: browserClock,
      random: Math.random,
      newId: newClientId,
      fetch: window.fetch,
      openSocket: (url) => new WebSocket(url),
    });
    this.#client = client;
    this.#largeText = new LargeTextPreference(storage, window);
    this.#launcher = new Launcher(() => this.open());
    this.#panel = new Panel({
      client,
      isModal: () => this.#phone.matches,
      onLarge: () => this.#largeText?.set(!this.#largeText.enabled),
      onClose: () => this.close(),
      now: () => new Date(),
    });
    applyStyles(this.#root, server);
    this.#root.replaceChildren(this.#launcher.node, this.#panel.node);
    this.#panel.setName(this.getAttribute("title") ?? "");
    this.#listen(client, this.#largeText);
    void client.resume();
    if (this.hasAttribute("open")) this.open();
  }

  disconnectedCallback(): void {
    this.#disconnect?.abort();
    this.#client?.stop();
    this.#client = null;
    this.#panel = null;
    this.#launcher = null;
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.#panel || before === after) return;
    if (name === "title") this.#panel.setName(after ?? "");
    else if (after !== null) this.open();
    else this.close();
  }

  /** Opens the chat; the first opening starts a session. */
  open(): void {
    if (!this.#panel || !this.#client || this.#panel.isOpen) return;
    const active = this.ownerDocument.activeElement;
    this.#returnFocusTo = active instanceof HTMLElement && active !== this && active !== this.ownerDocument.body ? active : null;
    this.#launcher?.hide();
    this.#panel.show();
    this.toggleAttribute("open", true);
    void this.#client.open();
    this.#seen();
    void this.#offerStarters(this.#client, this.#panel);
    this.#emit("xiaobao:open");
  }

  /** Closes the chat and gives the focus back. */
  close(): void {
    if (!this.#panel?.isOpen) return;
    this.#panel.hide();
    this.#launcher?.show();
    this.toggleAttribute("open", false);
    if (this.#returnFocusTo?.isConnected) this.#returnFocusTo.focus();
    else this.#launcher?.focus();
    this.#emit("xiaobao:close");
  }

  /** Opens the chat and asks a question in the customer's name. */
  ask(text: string): void {
    const question = text.trim();
    this.open();
    if (question !== "") this.#client?.send({ text: question });
  }

  #listen(client: ChatClient, largeText: LargeTextPreference): void {
    this.#disconnect = new AbortController();
    const { signal } = this.#disconnect;
    const unsubscribe = [client.subscribe((view) => this.#update(view)), largeText.subscribe((isLarge) => this.#setLarge(isLarge))];
    signal.addEventListener("abort", () => unsubscribe.forEach((end) => end()));
    this.#setLarge(largeText.enabled);
    window.addEventListener("online", () => client.wake(), { signal });
    window.addEventListener("offline", () => this.#update(client.view), { signal });
    window.addEventListener("storage", (event) => client.stored(event.key), { signal });
    document.addEventListener(
      "visibilitychange",
      () => {
        if (document.visibilityState !== "visible") return;
        client.wake();
        this.#seen();
      },
      { signal },
    );
    // An on-screen keyboard shrinks only the visual viewport; the composer has to stay above it.
    const viewport = window.visualViewport;
    const fit = (): void => {
      this.style.setProperty("--x-viewport", `${viewport?.height ?? window.innerHeight}px`);
      this.style.setProperty("--x-viewport-top", `${viewport?.offsetTop ?? 0}px`);
    };
    viewport?.addEventListener("resize", fit, { signal });
    viewport?.addEventListener("scroll", fit, { signal });
    fit();
  }

  #update(view: ChatView): void {
    this.#panel?.update(view);
    this.#seen();
    const unread = this.#panel?.isOpen ? 0 : view.unread;
    this.#launcher?.setUnread(unread);
    if (unread !== this.#unread) {
      this.#unread = unread;
      this.#emit("xiaobao:unread", unread);
    }
  }

  #seen(): void {
    if (this.#panel?.isOpen && document.visibilityState === "visible") this.#client?.markRead();
  }

  #setLarge(isLarge: boolean): void {
    this.toggleAttribute("data-large", isLarge);
    this.#panel?.setLarge(isLarge);
  }

  async #offerStarters(client: ChatClient, panel: Panel): Promise<void> {
    if (this.#hasStarters) return;
    this.#hasStarters = true;
    try {
      const zone = await client.api.zone();
      panel.setStarters(zone.entries);
      panel.setMostMegabytes(zone.upload_most_mb);
    } catch {
      // They are an offer only; the next opening asks again.
      this.#hasStarters = false;
    }
  }

  #emit(name: string, detail?: number): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}
