import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CallbackForm, type CallbackActions } from "./callback_form";

const windows = [
  { start: "2026-11-23T01:00:00+00:00", end: "2026-11-23T04:00:00+00:00", text: "11月23日 09:00–12:00" },
  { start: "2026-11-23T05:00:00+00:00", end: "2026-11-23T09:00:00+00:00", text: "11月23日 13:00–17:00" },
];
const wished = { ...windows[1]!, phone: "138****5678" };
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

let actions: { [Name in keyof CallbackActions]: ReturnType<typeof vi.fn> };
let form: CallbackForm;
const part = <T extends HTMLElement>(selector: string): T => {
  const found = form.node.querySelector<T>(selector);
  if (!found) throw new Error(selector);
  return found;
};
const buttons = (): string[] => [...form.node.querySelectorAll("button")].filter((one) => !one.hidden && !one.closest("[hidden]")).map((one) => one.textContent ?? "");
function press(label: string): void {
  const found = [...form.node.querySelectorAll("button")].find((one) => one.textContent === label);
  if (!found) throw new Error(label);
  found.click();
}
async function fill(phone: string): Promise<void> {
  press("约时间回电");
  await settle();
  part<HTMLSelectElement>("select").value = windows[1]!.start;
  part<HTMLInputElement>("input").value = phone;
  part("form").dispatchEvent(new Event("submit", { cancelable: true }));
  await settle();
}

beforeEach(() => {
  actions = {
    load: vi.fn().mockResolvedValue({ windows, wish: null }),
    wish: vi.fn().mockResolvedValue({ wish: wished }),
    takeBack: vi.fn().mockResolvedValue({ wish: null }),
    explain: vi.fn().mockReturnValue("请填写 11 位手机号。"),
  };
  form = new CallbackForm(actions as unknown as CallbackActions);
  document.body.replaceChildren(form.node);
});
afterEach(() => document.body.replaceChildren());

describe("CallbackForm", () => {
  it("is not offered while somebody can answer", () => {
    form.update(false, null);
    expect(form.node.hidden).toBe(true);
    expect(actions.load).not.toHaveBeenCalled();
  });

  it("offers the server's windows and labels both fields", async () => {
    form.update(true, null);
    press("约时间回电");
    await settle();
    expect([...part("select").querySelectorAll("option")].map((one) => one.textContent)).toEqual(windows.map((one) => one.text));
    expect(form.node.querySelectorAll("label[for]")).toHaveLength(2);
    expect(document.activeElement).toBe(part("select"));
  });

  it("sends what was chosen, shows the number masked and forgets what was typed", async () => {
    form.update(true, null);
    await fill("138 1234 5678");
    expect(actions.wish).toHaveBeenCalledWith(windows[1]!.start, "138 1234 5678");
    expect(part(".callback-wish").textContent).toContain("138****5678");
    expect(part<HTMLInputElement>("input").value).toBe("");
    expect(buttons()).toEqual(["改时间或号码", "不用回电了"]);
  });

  it("sends nothing without a number and says so", async () => {
    form.update(true, null);
    await fill("  ");
    expect(actions.wish).not.toHaveBeenCalled();
    expect(part("[role=alert]").textContent).not.toBe("");
    expect(document.activeElement).toBe(part("input"));
  });

  it("keeps what was typed when the server refuses it", async () => {
    actions.wish.mockRejectedValue(new Error("phone_invalid"));
    form.update(true, null);
    await fill("123");
    expect(part("[role=alert]").textContent).toBe("请填写 11 位手机号。");
    expect(part<HTMLInputElement>("input").value).toBe("123");
    expect(part("form").hidden).toBe(false);
  });

  it("shows a wish of an earlier visit and takes it back", async () => {
    actions.load.mockResolvedValue({ windows, wish: wished });
    form.update(true, null);
    await settle();
    expect(part(".callback-wish").textContent).toContain(wished.text);
    press("不用回电了");
    await settle();
    expect(actions.takeBack).toHaveBeenCalledOnce();
    expect(part(".callback-wish").hidden).toBe(true);
  });

  it("looks again when a message tells that the call was made", async () => {
    actions.load.mockResolvedValueOnce({ windows, wish: wished });
    form.update(true, "m1");
    await settle();
    form.update(true, "m2");
    await settle();
    expect(actions.load).toHaveBeenCalledTimes(2);
    expect(part(".callback-wish").hidden).toBe(true);
  });
});
