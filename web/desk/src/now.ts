import { onScopeDispose, ref, type Ref } from "vue";

let users = 0;
let timer: ReturnType<typeof setInterval> | null = null;
const now = ref(Date.now());

/** The present time, moving on each second; one timer for all who look at it. */
export function useNow(): Readonly<Ref<number>> {
  users += 1;
  now.value = Date.now();
  timer ??= setInterval(() => (now.value = Date.now()), 1000);
  onScopeDispose(() => {
    users -= 1;
    if (users === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  });
  return now;
}
