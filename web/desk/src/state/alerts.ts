/** The page title with what waits: urgent people first, then unread messages. */
export function titleFor(base: string, urgent: number, unread: number, texts: { urgent: (n: number) => string; unread: (n: number) => string }): string {
  if (urgent > 0) return `${texts.urgent(urgent)} ${base}`;
  return unread > 0 ? `${texts.unread(unread)} ${base}` : base;
}

/** Two short rising tones, made on the spot: no file, and different from common message sounds. */
export function createBeep(): () => void {
  let context: AudioContext | null = null;
  return () => {
    try {
      context ??= new AudioContext();
      // Browsers keep a context asleep until the first click on the page.
      void context.resume();
      for (const [index, frequency] of [660, 880].entries()) {
        const start = context.currentTime + index * 0.18;
        const tone = context.createOscillator();
        const volume = context.createGain();
        tone.frequency.value = frequency;
        volume.gain.setValueAtTime(0.0001, start);
        volume.gain.exponentialRampToValueAtTime(0.25, start + 0.02);
        volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.16);
        tone.connect(volume).connect(context.destination);
        tone.start(start);
        tone.stop(start + 0.17);
      }
    } catch {
      // A computer without sound still has the title and the notification.
    }
  };
}

/** Shows a system notification where the agent has allowed it. Never names a customer: screens are seen by others. */
export function showNotification(title: string): void {
  try {
    if (typeof Notification !== "undefined" && Notification.permission === "granted") {
      new Notification(title, { tag: "xiaobao-urgent" }).onclick = () => window.focus();
    }
  } catch {
    // Some phones only allow notifications from a service worker.
  }
}
