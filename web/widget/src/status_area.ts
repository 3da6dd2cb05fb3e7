import type { ChatView } from "../../shared/client/chat_client";
import type { Queue } from "../../shared/protocol";
import { button, element, setText } from "./dom";
import { texts } from "./texts";
import { formatMoment } from "./times";

/** What stands between the head and the messages: the connection, the queue and refusals. Each says nothing while all is well. */
export class StatusArea {
  readonly node: HTMLElement;
  readonly #connection = element("span");
  readonly #reconnect: HTMLButtonElement;
  readonly #connectionLine: HTMLElement;
  readonly #queue = element("p", { class: "queue-text" });
  readonly #queueLine: HTMLElement;
  readonly #notice = element("span");
  readonly #noticeLine: HTMLElement;
  readonly #now: () => Date;

  constructor(options: { onReconnect: () => void; onLeaveQueue: () => void; onDismiss: () => void; now: () => Date }) {
    this.#now = options.now;
    this.#reconnect = button("inline", options.onReconnect, texts.status.reconnect);
    this.#connectionLine = element("div", { class: "status-line", hidden: true }, this.#connection, this.#reconnect);
    this.#queueLine = element("div", { class: "queue", hidden: true }, this.#queue, button("inline", options.onLeaveQueue, texts.queue.cancel));
    this.#noticeLine = element("div", { class: "status-line is-warning", hidden: true }, this.#notice, button("inline", options.onDismiss, texts.dismiss));
    this.node = element(
      "div",
      { class: "status" },
      element("div", { role: "status" }, this.#connectionLine, this.#queueLine),
      element("div", { role: "alert" }, this.#noticeLine),
    );
  }

  update(view: ChatView, isOffline: boolean): void {
    const status = isOffline ? texts.status.offline : connectionText(view);
    setText(this.#connection, status);
    this.#connectionLine.hidden = status === "";
    this.#connectionLine.classList.toggle("is-warning", isOffline || view.status === "waiting" || view.status === "failed");
    this.#reconnect.hidden = isOffline || (view.status !== "waiting" && view.status !== "failed");
    setText(this.#queue, view.owner === "queued" && view.queue ? this.#queueText(view.queue) : texts.queue.keepWriting);
    this.#queueLine.hidden = view.owner !== "queued";
    setText(this.#notice, view.notice ? this.#noticeText(view.notice) : "");
    this.#noticeLine.hidden = view.notice === null;
  }

  #queueText(queue: Queue): string {
    const parts = [texts.queue.ahead(queue.ahead)];
    if (queue.estimate_minutes) parts.push(texts.queue.estimate(...queue.estimate_minutes));
    const place = `${parts.join("，")}。`;
    const promise = queue.promised_at === null ? "" : texts.queue.promised(formatMoment(new Date(queue.promised_at), this.#now()));
    return `${place}${promise || texts.queue.keepWriting}`;
  }

  #noticeText(notice: NonNullable<ChatView["notice"]>): string {
    if (notice.code === "rate_limited" && notice.until !== null) {
      return texts.status.rateLimited(Math.max(1, Math.ceil((notice.until - this.#now().getTime()) / 1000)));
    }
    return notice.message || texts.errors[notice.code] || (texts.errors["unknown"] ?? "");
  }
}

function connectionText(view: ChatView): string {
  switch (view.status) {
    case "opening":
    case "connecting":
    case "waiting":
    case "polling":
    case "failed":
      return texts.status[view.status];
    default:
      return view.status === "live" && !view.isHistoryLoaded ? texts.status.loading : "";
  }
}
