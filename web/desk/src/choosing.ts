import { computed, ref, watch, type ComputedRef, type Ref } from "vue";

export interface Choosing {
  /** The choice that Enter takes. */
  active: Ref<number>;
  isOpen: ComputedRef<boolean>;
  /** Handles the keys of an open list; false leaves the key to the field. */
  onKey: (event: KeyboardEvent) => boolean;
}

/** The keys of a list of choices beside a field: up and down, Enter or Tab takes, Escape closes until the query changes. */
export function useChoosing(query: () => string | null, count: () => number, choose: (index: number) => void): Choosing {
  const active = ref(0);
  const dismissed = ref<string | null>(null);
  const isOpen = computed(() => query() !== null && query() !== dismissed.value);
  watch(query, (now) => {
    active.value = 0;
    if (now === null) dismissed.value = null;
  });
  return {
    active,
    isOpen,
    onKey(event) {
      if (!isOpen.value || event.isComposing || event.keyCode === 229) return false;
      const size = count();
      if (event.key === "Escape") dismissed.value = query();
      else if (size === 0) return false;
      else if (event.key === "ArrowDown") active.value = (active.value + 1) % size;
      else if (event.key === "ArrowUp") active.value = (active.value + size - 1) % size;
      else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") choose(Math.min(active.value, size - 1));
      else return false;
      event.preventDefault();
      // Escape would otherwise leave the field as well.
      event.stopPropagation();
      return true;
    },
  };
}
