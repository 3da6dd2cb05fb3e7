import { beforeEach, expect, it } from "vitest";
import { Drafts } from "./drafts";

beforeEach(() => sessionStorage.clear());

it("keeps one draft a conversation across a reload", () => {
  const before = new Drafts(sessionStorage);
  before.set("a", "您好");
  before.set("b", "请稍等");
  before.set("b", "");
  const after = new Drafts(sessionStorage);
  expect(after.get("a")).toBe("您好");
  expect(after.get("b")).toBe("");
});

it("forgets everything when cleared", () => {
  const drafts = new Drafts(sessionStorage);
  drafts.set("a", "您好");
  drafts.clear();
  expect(JSON.stringify({ ...sessionStorage })).not.toContain("您好");
});

it("works without a usable storage", () => {
  const refuse = (): never => {
    throw new Error("forbidden");
  };
  const drafts = new Drafts({ getItem: refuse, setItem: refuse, removeItem: refuse });
  drafts.set("a", "您好");
  expect(drafts.get("a")).toBe("您好");
});
