import { describe, expect, it, vi } from "vitest";
import { CustomerApi } from "./api";
import { Checklists } from "./checklists";
import { fakeFetch, type Answer, type FakeRequest } from "./fakes";

const AT = "2026-01-05T08:00:00+08:00";
const step = (id: string, done = true) => ({ conversation: "c1", message: "m1", step: id, done });

function make(answer: (request: FakeRequest) => Answer | Promise<Answer>): { checklists: Checklists; requests: FakeRequest[]; changed: ReturnType<typeof vi.fn>; refused: ReturnType<typeof vi.fn> } {
  const { fetch, requests } = fakeFetch(answer);
  const [changed, refused] = [vi.fn(), vi.fn()];
  const checklists = new Checklists({ api: new CustomerApi("https://zone.example", fetch), token: () => "s1", changed, refused });
  return { checklists, requests, changed, refused };
}
const shown = (checklists: Checklists): string[] => [...checklists.of("c1").done].sort();
/** A server that keeps ticks. */
function keeping(): (request: FakeRequest) => Answer {
  const kept: Record<string, string> = {};
  return ({ method, body }) => {
    if (method === "GET") return { body: { checklist: kept, since: AT } };
    if (body["done"] === true) kept[String(body["step"])] = AT;
    else delete kept[String(body["step"])];
    return { body: { checklist: { ...kept } } };
  };
}

describe("Checklists", () => {
  it("reads what was ticked before, and from when the clock runs", async () => {
    const { checklists, requests } = make(() => ({ body: { checklist: { stop: AT }, since: AT } }));
    await checklists.load("c1");
    expect(shown(checklists)).toEqual(["stop"]);
    expect(checklists.of("c1").since).toBe(AT);
    expect(requests[0]).toMatchObject({ path: "/checklist?conversation=c1", token: "s1" });
  });

  it("shows a tick at once and sends it for the message it stands in", async () => {
    const { checklists, requests } = make(keeping());
    const kept = checklists.tick(step("police"));
    expect(shown(checklists)).toEqual(["police"]);
    await kept;
    expect(shown(checklists)).toEqual(["police"]);
    expect(requests[0]?.body).toEqual({ message: "m1", step: "police", done: true });
  });

  it("takes a tick back, with the reason, when it was not kept", async () => {
    const { checklists, refused } = make(() => ({ status: 404, body: { error: { code: "step_not_found", message: "没有找到这个步骤。" } } }));
    await checklists.tick(step("police"));
    expect(shown(checklists)).toEqual([]);
    expect(checklists.of("c1").error).toEqual({ code: "step_not_found", message: "没有找到这个步骤。", step: "police" });
    expect(refused).toHaveBeenCalledOnce();
  });

  it("keeps an old tick where taking it back fails", async () => {
    let isBroken = false;
    const server = keeping();
    const { checklists } = make((request) => {
      if (isBroken) throw new Error("no network");
      return server(request);
    });
    await checklists.tick(step("police"));
    isBroken = true;
    await checklists.tick(step("police", false));
    expect(shown(checklists)).toEqual(["police"]);
    expect(checklists.of("c1").error?.code).toBe("network");
    isBroken = false;
    await checklists.tick(step("police", false));
    expect(checklists.of("c1")).toMatchObject({ error: null });
    expect(shown(checklists)).toEqual([]);
  });

  it("ends with the last of several quick presses, sent one after the other", async () => {
    const { checklists, requests } = make(keeping());
    const first = checklists.tick(step("stop"));
    void checklists.tick(step("police"));
    void checklists.tick(step("stop", false));
    expect(shown(checklists)).toEqual(["police"]);
    await first;
    expect(shown(checklists)).toEqual(["police"]);
    expect(requests.map(({ body }) => [body["step"], body["done"]])).toEqual([["stop", true], ["stop", false], ["police", true]]);
  });

  it("does not let an older list undo a tick", async () => {
    let answerList: (answer: Answer) => void = () => undefined;
    const server = keeping();
    const { checklists } = make((request) => (request.method === "GET" ? new Promise((resolve) => (answerList = resolve)) : server(request)));
    const reading = checklists.load("c1");
    await checklists.tick(step("police"));
    answerList({ body: { checklist: {}, since: AT } });
    await reading;
    expect(shown(checklists)).toEqual(["police"]);
    expect(checklists.of("c1").since).toBe(AT);
  });

  it("tells that the progress could not be read, until it can", async () => {
    let isBroken = true;
    const { checklists } = make(() => {
      if (isBroken) throw new Error("no network");
      return { body: { checklist: {}, since: null } };
    });
    await checklists.load("c1");
    expect(checklists.of("c1").error).toMatchObject({ code: "network", step: null });
    isBroken = false;
    await checklists.load("c1");
    expect(checklists.of("c1").error).toBeNull();
  });

  it("reads once more when it is asked while it reads", async () => {
    const { checklists, requests } = make(keeping());
    const reading = checklists.load("c1");
    void checklists.load("c1");
    void checklists.load("c1");
    await reading;
    expect(requests).toHaveLength(2);
  });

  it("knows nothing of other conversations", async () => {
    const { checklists } = make(keeping());
    await checklists.tick(step("police"));
    expect(checklists.of("c2")).toEqual({ done: new Set(), since: null, error: null });
  });
});
