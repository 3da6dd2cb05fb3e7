import { describe, expect, it } from "vitest";
import { parseMarkdown, renderMarkdown, safeHref } from "./markdown";

function html(text: string): string {
  const holder = document.createElement("div");
  holder.append(renderMarkdown(parseMarkdown(text), document));
  return holder.innerHTML;
}

describe("the Markdown subset", () => {
  it("makes paragraphs, bold text and line breaks", () => {
    expect(html("请拨打 **110**。\n不要转账。\n\n第二段")).toBe("<p>请拨打 <strong>110</strong>。<br>不要转账。</p><p>第二段</p>");
  });

  it("makes both kinds of list and keeps the first number", () => {
    expect(html("1. **停**：挂断\n2. 报警\n\n- 甲\n- 乙")).toBe(
      "<ol><li><strong>停</strong>：挂断</li><li>报警</li></ol><ul><li>甲</li><li>乙</li></ul>",
    );
    expect(html("3. 三\n\n4. 四")).toBe('<ol start="3"><li>三</li><li>四</li></ol>');
  });

  it("keeps an indented continuation in its list item", () => {
    expect(html("- 甲\n  续\n外面")).toBe("<ul><li>甲<br>续</li></ul><p>外面</p>");
  });

  it("links only to http and https, telling the other site nothing", () => {
    expect(html("[征信中心](https://www.pbccrc.org.cn/)")).toBe(
      '<p><a href="https://www.pbccrc.org.cn/" target="_blank" rel="noopener noreferrer nofollow">征信中心</a></p>',
    );
    expect(html("[点我](javascript:alert)")).toBe("<p>[点我](javascript:alert)</p>");
    expect(html("[点我](data:text/html,x)")).not.toContain("<a");
  });

  it("never turns markup into elements", () => {
    expect(html('<img src=x onerror="alert(1)">')).toBe('<p>&lt;img src=x onerror="alert(1)"&gt;</p>');
  });

  it("ends on hostile input in reasonable time", () => {
    expect(parseMarkdown("**".repeat(5000))).toHaveLength(1);
    expect(parseMarkdown("[".repeat(5000))).toHaveLength(1);
  });
});

describe("safeHref", () => {
  it("refuses credentials and relative addresses", () => {
    expect(safeHref("https://bank.example@evil.example/")).toBeNull();
    expect(safeHref("/local")).toBeNull();
    expect(safeHref("http://www.12377.cn")).toBe("http://www.12377.cn/");
  });
});
