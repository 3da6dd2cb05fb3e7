import { describe, expect, it } from "vitest";
import type { CannedReply } from "./api/tools_api";
import { findColleagues, findReplies, firstGap, mentionQuery, mentionsIn, replaceQuery, slashQuery } from "./palette";

const reply = (shortcut: string, change: Partial<CannedReply> = {}): CannedReply => ({
  id: shortcut, shortcut, folder: "", shared: true, used: 0, title: "", body: "正文", draft: null, versions: [], may: [], ...change,
});
const shortcuts = (found: CannedReply[]): string[] => found.map((item) => item.shortcut);

describe("the slash", () => {
  it("asks at the beginning of a line only", () => {
    expect(slashQuery("/")).toBe("");
    expect(slashQuery("/he")).toBe("he");
    expect(slashQuery("您好\n/问候")).toBe("问候");
    expect(slashQuery("您好 /he")).toBeNull();
    expect(slashQuery("1/2")).toBeNull();
    expect(slashQuery("/he llo")).toBeNull();
    expect(slashQuery("//")).toBeNull();
  });
});

describe("the at sign", () => {
  it("asks at the beginning of a word only", () => {
    expect(mentionQuery("@")).toBe("");
    expect(mentionQuery("请 @林")).toBe("林");
    expect(mentionQuery("请看，@林")).toBe("林");
    expect(mentionQuery("a@b")).toBeNull();
    expect(mentionQuery("@林一 ")).toBeNull();
  });
});

describe("findReplies", () => {
  it("ranks shortcut before title before wording, and what is used most first", () => {
    const all = [
      reply("z", { body: "还款提醒" }),
      reply("y", { title: "还款说明" }),
      reply("还款b", { used: 1 }),
      reply("还款a", { used: 5 }),
      reply("先还款"),
    ];

    expect(shortcuts(findReplies(all, "还款"))).toEqual(["还款a", "还款b", "先还款", "y", "z"]);
  });

  it("offers nothing that was not approved, and finds whatever the case", () => {
    expect(shortcuts(findReplies([reply("hello", { body: null }), reply("hello2")], "HEL"))).toEqual(["hello2"]);
    expect(findReplies([reply("hello")], "x")).toEqual([]);
  });

  it("shows a screenful at most", () => {
    expect(findReplies(Array.from({ length: 30 }, (_, index) => reply(`r${index}`)), "")).toHaveLength(8);
  });
});

describe("mentions", () => {
  const people = [{ id: "1", name: "张三" }, { id: "2", name: "张三丰" }, { id: "3", name: "林一" }, { id: "4", name: "林一" }];

  it("tells a name from a longer one", () => {
    expect(mentionsIn("@张三丰 请看", people)).toEqual(["2"]);
    expect(mentionsIn("@张三 请看", people)).toEqual(["1"]);
  });

  it("tells everybody of the same name, each once", () => {
    expect(mentionsIn("@林一 @林一", people).sort()).toEqual(["3", "4"]);
  });

  it("mentions nobody without the sign", () => {
    expect(mentionsIn("张三 a@b @王五", people)).toEqual([]);
  });

  it("finds colleagues by any part of their name", () => {
    expect(findColleagues(people, "三").map((one) => one.id)).toEqual(["1", "2"]);
  });
});

it("puts the choice in place of what was typed", () => {
  expect(replaceQuery("您好\n/he，再见", 6, "he", "请稍等")).toEqual({ text: "您好\n请稍等，再见", cursor: 6 });
});

it("finds the first gap", () => {
  expect(firstGap("【请填写：客户姓名】您好")).toEqual({ start: 0, end: 10, words: "【请填写：客户姓名】" });
  expect(firstGap("【重要】您好")).toBeNull();
});
