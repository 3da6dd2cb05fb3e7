import { subjectOf, type Rating, type RatingSubject, type RatingWord } from "../../shared/client/ratings";
import type { OutgoingMessage } from "../../shared/client/outbox";
import type { Message } from "../../shared/protocol";
import { articleView } from "./article_view";
import { button, element, setText } from "./dom";
import { FileView, type LoadFile, type OpenPicture } from "./file_view";
import { RatingView } from "./rating_view";
import { SolvedView } from "./solved_view";
import { StopLossCard, type StopLossState } from "./stop_loss_card";
import { texts } from "./texts";
import { formatClock } from "./times";

/** What a customer can do in the list of messages. */
export interface MessageActions {
  ask(text: string): void;
  press(message: Message, buttonId: string, title: string): void;
  retry(clientId: string): void;
  discard(clientId: string): void;
  rate(subject: RatingSubject, word: RatingWord): void;
  tick(message: Message, step: string, done: boolean): void;
  loadFile: LoadFile;
  openPicture: OpenPicture;
  retryUpload(clientId: string): void;
  cancelUpload(clientId: string): void;
}

/** One line of the list; built once, then only its changing parts are touched, so that focus and screen readers are left in peace. */
export interface MessageView {
  readonly node: HTMLElement;
}

/** How far the customer's own message has got. */
export type SendState = { kind: "none" | "sent" | "read" | "sending" | "waiting" } | { kind: "failed"; reason: string };

/** A message the customer wrote. Its text is never made clickable. */
export class CustomerMessageView implements MessageView {
  readonly node: HTMLElement;
  readonly #bubble: HTMLElement;
  readonly #footer = element("div", { class: "footer" });
  #shown = "";
  readonly #actions: MessageActions;

  constructor(said: Said, at: Date, actions: MessageActions) {
    this.#actions = actions;
    const file = said.body.file;
    const words = wordsOf(said);
    this.#bubble = element("div", { class: "bubble", hidden: words === "" });
    this.node = element(
      "div",
      { class: "message customer" },
      element("span", { class: "hidden-text" }, texts.says(texts.speaker.customer, formatClock(at))),
      file ? new FileView(file, actions.loadFile, actions.openPicture).node : null,
      this.#bubble,
      this.#footer,
    );
    this.setText(words);
  }

  /** Shows what the server has stored: secrets are masked there, and must not stay on the screen either. */
  setText(text: string): void {
    setText(this.#bubble, text);
  }

  update(state: SendState, clientId: string | null): void {
    const shown = JSON.stringify([state, clientId]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.node.classList.toggle("is-failed", state.kind === "failed");
    this.#footer.replaceChildren();
    if (state.kind === "failed" && clientId !== null) {
      const reason = state.reason === "" ? texts.failed : texts.failedBecause(state.reason);
      this.#footer.append(
        element("span", { class: "failure", role: "alert" }, reason),
        button("inline", () => this.#actions.retry(clientId), texts.retry),
        button("inline", () => this.#actions.discard(clientId), texts.discard),
      );
    } else if (state.kind !== "none" && state.kind !== "failed") {
      this.#footer.append(texts[state.kind]);
    }
  }
}

/**
 * A message of the bot, of an agent or of the guidance while the customer waits, in whichever form it came.
 *
 * Free text is never made clickable, whoever wrote it: only approved articles have links and only cards have numbers to dial.
 */
export class ReceivedMessageView implements MessageView {
  readonly node: HTMLElement;
  readonly #message: Message;
  readonly #actions: MessageActions;
  readonly #card: StopLossCard | null;
  #choices: HTMLElement | null = null;
  readonly #solved: SolvedView | null;

  constructor(message: Message, actions: MessageActions, now: () => Date) {
    this.#message = message;
    this.#actions = actions;
    this.#card = hasSteps(message)
      ? new StopLossCard({ message, steps: message.body.steps ?? [], tick: (step, done) => actions.tick(message, step, done), now })
      : null;
    const subject = subjectOf(message);
    this.#solved = subject ? new SolvedView({ reasons: message.body.reasons ?? [], rate: (word) => actions.rate(subject, word) }) : null;
    const speaker = speakerOf(message);
    this.node = element(
      "div",
      { class: `message ${message.sender}` },
      element("span", { class: "hidden-text" }, texts.says(speaker, formatClock(new Date(message.at)))),
      message.sender === "agent" ? element("span", { class: "speaker", "aria-hidden": "true" }, speaker) : null,
      this.#content(),
      this.#solved?.node ?? null,
    );
  }

  updateSolved(rating: Rating | null, isNewest: boolean): void {
    this.#solved?.update(rating, isNewest);
  }

  /** Offers the buttons only under the newest message, and none after one was pressed. */
  update(isNewest: boolean): void {
    const buttons = this.#message.body.buttons ?? [];
    if (!isNewest || buttons.length === 0) {
      this.#choices?.remove();
      this.#choices = null;
    } else if (!this.#choices) {
      this.#choices = element(
        "div",
        { class: "choices", role: "group" },
        ...buttons.map((choice) => button("choice", () => this.#actions.press(this.#message, choice.id, choice.title), choice.title)),
      );
      this.node.append(this.#choices);
    }
  }

  updateCard(state: StopLossState): void {
    this.#card?.update(state);
  }

  #content(): HTMLElement {
    const { kind, body, text } = this.#message;
    if (this.#card) return this.#card.node;
    if (kind === "answer" && body.article) return articleView(body.article, (question) => this.#actions.ask(question));
    if (body.file === undefined) return element("div", { class: "bubble" }, text);
    const words = wordsOf(this.#message);
    const shown = new FileView(body.file, this.#actions.loadFile, this.#actions.openPicture).node;
    return element("div", { class: "with-file" }, shown, words === "" ? null : element("div", { class: "bubble" }, words));
  }
}

/** A line that tells of a change: queued, joined, closed. */
export class EventMessageView implements MessageView {
  readonly node: HTMLElement;

  constructor(message: Message) {
    const fallback = message.body.event ? texts.event[message.body.event] : "";
    this.node = element("p", { class: "event" }, message.text || fallback);
  }
}

/** The rating request at the end of a conversation. */
export class RatingMessageView implements MessageView {
  readonly node: HTMLElement;
  readonly subject: RatingSubject;
  readonly #rating: RatingView;

  constructor(message: Message, actions: MessageActions) {
    const { body } = message;
    const subject = subjectOf(message) ?? { key: message.conversation, conversation: message.conversation };
    this.subject = subject;
    this.#rating = new RatingView({
      id: message.id,
      scores: body.scores,
      agent: body.agent?.name,
      asksSolved: body.asks_solved === true,
      reasons: body.reasons ?? [],
      rate: (word) => actions.rate(subject, word),
    });
    this.node = element("div", { class: "message bot" }, this.#rating.node);
  }

  update(rating: Rating | null): void {
    this.#rating.update(rating);
  }
}

/** Tells whether a message is a checklist of first steps. */
export function hasSteps(message: Message): boolean {
  return message.kind === "stop_loss" && (message.body.steps ?? []).length > 0;
}

/** Names who wrote a message. */
function speakerOf(message: Message): string {
  const name = message.sender === "agent" ? message.body.agent?.name : undefined;
  return name === undefined ? texts.speaker[message.sender] : texts.agentNamed(name);
}

/** Tells how far an outgoing message has got. */
export function sendStateOf(outgoing: OutgoingMessage, isConnected: boolean): SendState {
  if (outgoing.state === "failed") return { kind: "failed", reason: outgoing.reason };
  return { kind: outgoing.state === "sending" || isConnected ? "sending" : "waiting" };
}

/** Sets the text of a separator between messages. */
export function separator(text: string): HTMLElement {
  const node = element("p", { class: "separator" });
  setText(node, text);
  return node;
}

/** What a message shows, whether it came from the server or is still on its way there. */
export type Said = Pick<Message, "text" | "body">;

/** The words of a message: beside a file only those that somebody wrote. */
export function wordsOf({ text, body }: Said): string {
  return body.file !== undefined && body.captioned !== true ? "" : text;
}
