import type { Message } from "../protocol";

interface Thread {
  messages: Message[];
  bySeq: Map<number, Message>;
  // Put together here from an acknowledgement; the server may have stored another text, so its copy is still asked for.
  provisional: Set<number>;
  // Every seq up to the cursor is here in the server's words, or was confirmed by the server not to be ours to see.
  cursor: number;
}

/** All messages shown, merged by conversation and `seq`: repeats are dropped, gaps are noticed. */
export class Timeline {
  readonly #threads = new Map<string, Thread>();

  /** Returns the last `seq` of a conversation up to which nothing is missing. */
  cursor(conversation: string): number {
    return this.#threads.get(conversation)?.cursor ?? 0;
  }

  /** Keeps a place for a conversation; places are shown in the order in which they were taken. */
  open(conversation: string): void {
    this.#thread(conversation);
  }

  /** Adds one message and tells whether it was new and whether something before it is missing. */
  merge(message: Message): { isNew: boolean; hasGap: boolean } {
    this.#thread(message.conversation).provisional.delete(message.seq);
    return this.#put(message);
  }

  /** Adds a message as it was typed, until the server's copy of it comes. */
  expect(message: Message): void {
    const thread = this.#thread(message.conversation);
    if (thread.bySeq.has(message.seq)) return;
    thread.provisional.add(message.seq);
    this.#put(message);
  }

  #put(message: Message): { isNew: boolean; hasGap: boolean } {
    const thread = this.#thread(message.conversation);
    const isNew = !thread.bySeq.has(message.seq);
    if (isNew) {
      const place = thread.messages.filter((other) => other.seq < message.seq).length;
      thread.messages.splice(place, 0, message);
    } else {
      // The server's own copy replaces what was put together from an acknowledgement.
      thread.messages = thread.messages.map((other) => (other.seq === message.seq ? message : other));
    }
    thread.bySeq.set(message.seq, message);
    while (thread.bySeq.has(thread.cursor + 1) && !thread.provisional.has(thread.cursor + 1)) thread.cursor += 1;
    return { isNew, hasGap: message.seq > thread.cursor };
  }

  /**
   * Adds the server's answer to a question about missing messages and returns the new ones.
   *
   * A number which the answer leaves out is one that this reader never gets, so the cursor passes over it.
   */
  fill(conversation: string, items: Message[], complete: boolean): Message[] {
    const fresh = items.filter((item) => this.merge(item).isNew);
    const thread = this.#thread(conversation);
    const own = items.filter((item) => item.conversation === conversation);
    const known = complete ? thread.messages.filter((item) => !thread.provisional.has(item.seq)) : own;
    thread.cursor = Math.max(thread.cursor, ...known.map((item) => item.seq));
    return fresh;
  }

  messages(): Message[] {
    return [...this.#threads.values()].flatMap((thread) => thread.messages);
  }

  of(conversation: string): readonly Message[] {
    return this.#threads.get(conversation)?.messages ?? [];
  }

  hasClientId(clientId: string): boolean {
    return this.messages().some((message) => message.client_id === clientId);
  }

  clear(): void {
    this.#threads.clear();
  }

  #thread(conversation: string): Thread {
    let thread = this.#threads.get(conversation);
    if (!thread) {
      thread = { messages: [], bySeq: new Map(), provisional: new Set(), cursor: 0 };
      this.#threads.set(conversation, thread);
    }
    return thread;
  }
}
