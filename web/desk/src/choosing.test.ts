import { effectScope, nextTick, ref } from "vue";
import { beforeEach, describe, expect, it } from "vitest";
import { useChoosing, type Choosing } from "./choosing";

describe("useChoosing", () => {
  const query = ref<string | null>(null);
  const count = ref(3);
  let chosen: number[];
  let choosing: Choosing;
  const press = (key: string, change: object = {}): { taken: boolean; prevented: boolean } => {
    const event = new KeyboardEvent("keydown", { key, cancelable: true, ...change });
    return { taken: choosing.onKey(event), prevented: event.defaultPrevented };
  };

  beforeEach(() => {
    query.value = "he";
    count.value = 3;
    chosen = [];
    choosing = effectScope().run(() => useChoosing(() => query.value, () => count.value, (index) => chosen.push(index))) as Choosing;
  });

  it("goes round with the arrows and takes with Enter or Tab", () => {
    press("ArrowDown");
    press("Enter");
    press("ArrowUp");
    press("ArrowUp");
    expect(press("Tab")).toEqual({ taken: true, prevented: true });
    expect(chosen).toEqual([1, 2]);
  });

  it("leaves every key to the field while nothing is asked for, and while words are being composed", () => {
    expect(press("Enter", { isComposing: true }).taken).toBe(false);
    expect(press("Enter", { shiftKey: true }).taken).toBe(false);
    expect(press("x").taken).toBe(false);
    query.value = null;
    expect(press("Enter")).toEqual({ taken: false, prevented: false });
    expect(chosen).toEqual([]);
  });

  it("closes with Escape until something else is typed", async () => {
    press("Escape");
    expect(choosing.isOpen.value).toBe(false);
    query.value = "hel";
    await nextTick();
    expect(choosing.isOpen.value).toBe(true);
  });

  it("lets Enter send where nothing fits", () => {
    count.value = 0;
    expect(press("Enter").taken).toBe(false);
  });

  it("begins anew with each query", async () => {
    press("ArrowDown");
    query.value = "x";
    await nextTick();
    expect(choosing.active.value).toBe(0);
  });
});
