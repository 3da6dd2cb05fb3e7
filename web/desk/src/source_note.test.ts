import { expect, it } from "vitest";
import type { Article } from "../../shared/protocol";
import { plainText, quoteArticle } from "./source_note";

const article: Article = {
  id: "repay_early_settle", title: "提前还款怎么操作", topic: "early_settlement", version: "3", markdown: "**先看合同**\n\n1. 打开还款页\n2. 选择[提前结清](https://example.com)",
  short: "在还款页选择提前结清。", sources: [{ name: "民法典", article: "677" }], effective_from: "2021-01-01", expired: false, reviewed_until: "2027-03-31", related: [],
};

it("quotes the short answer with title and source", () => {
  const quote = quoteArticle(article);
  expect(quote).toContain("在还款页选择提前结清。\n");
  expect(quote).toContain("提前还款怎么操作");
  expect(quote).toContain("民法典");
});

it("falls back to the article's text, without marks", () => {
  expect(quoteArticle({ ...article, short: "" })).toContain("先看合同\n1. 打开还款页\n2. 选择提前结清");
  expect(plainText("")).toBe("");
});
