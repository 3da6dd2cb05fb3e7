import { createApp, nextTick, type App as VueApp } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeFetch, type Answer, type FakeRequest } from "../../shared/client/fakes";
import App from "./App.vue";
import { parseRoute } from "./state/route";

const zone = {
  platform: "示例平台",
  hotline: "App“官方渠道”页公布的客服电话",
  upload_most_mb: 10,
  entries: [
    { id: "scam", title: "我被骗了", message: "我被骗了" },
    { id: "progress", title: "进度查询", message: "进度查询" },
  ],
  popular: [{ id: "p", title: "提前还款" }],
  groups: [{ id: "victim", title: "被骗了怎么办", articles: [{ id: "v", title: "第一步" }] }],
};
const article = {
  id: "v",
  title: "第一步",
  topic: "scam_report",
  version: "3",
  markdown: "**停**",
  short: "先停止转账",
  sources: [{ name: "反电信网络诈骗法", article: "20" }],
  effective_from: "2022-12-01",
  expired: false,
  reviewed_until: "2026-12-31",
  related: [{ id: "p", title: "提前还款" }],
};
let app: VueApp;
let page: HTMLElement;
let answer: (request: FakeRequest) => Answer;
const ask = vi.fn();

async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
  await nextTick();
}

async function open(hash = ""): Promise<void> {
  window.location.hash = hash;
  page = document.createElement("div");
  document.body.append(page);
  app = createApp(App);
  app.mount(page);
  await settle();
}

const click = (selector: string): void => page.querySelector<HTMLElement>(selector)?.click();

class FakeChat extends HTMLElement {
  ask = ask;
}

beforeEach(() => {
  ask.mockReset();
  window.localStorage.clear();
  vi.stubGlobal("scrollTo", () => undefined);
  if (!customElements.get("xiaobao-chat")) customElements.define("xiaobao-chat", FakeChat);
  answer = ({ path }) => {
    if (path === "/zone") return { body: zone };
    if (path.startsWith("/articles?")) return { body: { articles: [{ id: "v", title: "第一步", topic: "t", excerpt: "先停" }] } };
    if (path === "/articles/v") return { body: { article } };
    if (path === "/cases") return { body: { cases: [{ number: "XB1", type: "投诉", state: "in_progress", status: "处理中", opened_at: "2026-01-05T08:00:00Z", updated_at: "2026-01-05T09:00:00Z", closed_at: null, next_due: { title: "投诉处理", at: "2026-01-19T17:00:00Z" }, merged_into: null }] } };
    return { status: 404, body: { error: { code: "article_not_found", message: "" } } };
  };
  vi.stubGlobal("fetch", fakeFetch((request) => answer(request)).fetch);
});
afterEach(() => {
  app.unmount();
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

describe("zone page", () => {
  it("shows entries, popular questions and groups, and asks the chat", async () => {
    await open();
    expect([...page.querySelectorAll(".entry-title")].map((node) => node.textContent)).toEqual(["我被骗了", "进度查询"]);
    expect(page.textContent).toContain("被骗了怎么办");
    expect(document.title).toBe("示例平台消费者保护专区");
    click(".entry-scam");
    await settle();
    expect(ask).toHaveBeenCalledWith("我被骗了");
  });

  it("keeps the emergency strip and offers a retry when the server is away", async () => {
    const working = answer;
    answer = () => ({ status: 503, body: { error: { code: "unavailable", message: "" } } });
    await open();
    expect(page.querySelector('a[href="tel:110"]')).not.toBeNull();
    expect(page.querySelector(".failure")?.textContent).toContain("暂时读取不到");
    answer = working;
    click(".failure button");
    await settle();
    expect(page.querySelectorAll(".entry")).toHaveLength(2);
  });

  it("shows an article with its sources and asks about it", async () => {
    await open("#/article/v");
    expect(page.querySelector("h1")?.textContent).toBe("第一步");
    expect(page.querySelector(".sources")?.textContent).toMatch(/反电信网络诈骗法 第 20 条.*2026-12-31/);
    expect(document.title).toBe("第一步 · 示例平台消费者保护专区");
    click(".ask button");
    await settle();
    expect(ask).toHaveBeenCalledWith("第一步");
  });

  it("says so when an article is gone", async () => {
    await open("#/article/gone");
    expect(page.querySelector("[role=alert]")?.textContent).toContain("没有找到这条内容");
  });

  it("searches", async () => {
    await open();
    const input = page.querySelector<HTMLInputElement>("#search");
    if (input) input.value = "转账";
    input?.dispatchEvent(new Event("input"));
    page.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true }));
    await settle();
    expect(page.querySelector(".hit")?.getAttribute("href")).toBe("#/article/v");
    expect(page.querySelector(".groups")).toBeNull();
  });

  const remember = (verified: boolean): void => {
    const session = { token: "s", expiresAt: "2099-01-01T00:00:00Z", verified, subject: verified ? "u" : null, conversations: ["c1"] };
    window.localStorage.setItem(`xiaobao:session:${window.location.origin}`, JSON.stringify(session));
  };

  it("lists a verified customer's cases with the next promised day in Beijing", async () => {
    remember(true);
    await open();
    expect(page.querySelector(".case")?.textContent).toMatch(/投诉.*处理中.*XB1.*投诉处理：最晚 2026年1月20日/);
  });

  it("shows the progress on a page of its own", async () => {
    remember(true);
    await open();
    click(".entry-progress");
    await settle();
    expect(window.location.hash).toBe("#/progress");
    expect(page.querySelector("h1")?.textContent).toBe("我的办理进度");
    expect(page.querySelector(".case")?.textContent).toContain("XB1");
    expect(document.title).toBe("我的办理进度 · 示例平台消费者保护专区");
  });

  it.each([["without a session", false], ["with a guest's session", true]])("tells a guest how to be verified %s, and asks nothing of the server", async (_, hasSession) => {
    if (hasSession) remember(false);
    const asked: string[] = [];
    const usual = answer;
    answer = (request) => (asked.push(request.path), usual(request));
    await open("#/progress");
    expect(page.querySelector("#cases")?.textContent).toContain("请打开 App 并登录");
    expect(asked).not.toContain("/cases");
    click(".ask button");
    await settle();
    expect(ask).toHaveBeenCalledWith("进度查询");
  });

  it("believes the server rather than its own memory", async () => {
    remember(true);
    const usual = answer;
    answer = (request) => (request.path === "/cases" ? { status: 403, body: { error: { code: "verification_required", message: "" } } } : usual(request));
    await open("#/progress");
    expect(page.querySelector("#cases")?.textContent).toContain("请先验证身份");
  });

  it("switches large text for the whole page", async () => {
    await open();
    click(".large-toggle");
    await nextTick();
    expect(document.documentElement.hasAttribute("data-large")).toBe(true);
    click(".large-toggle");
    await nextTick();
    expect(document.documentElement.hasAttribute("data-large")).toBe(false);
  });
});

it("reads addresses and treats the rest as the start page", () => {
  expect(parseRoute("#/article/a%20b")).toEqual({ name: "article", id: "a b" });
  expect(parseRoute("#/article/%E0%A4%A")).toEqual({ name: "home" });
  expect(parseRoute("#/progress")).toEqual({ name: "progress" });
  expect(parseRoute("#/other")).toEqual({ name: "home" });
});
