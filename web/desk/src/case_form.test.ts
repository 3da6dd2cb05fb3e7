import { describe, expect, it } from "vitest";
import type { CaseField } from "../../shared/cases";
import { changedOnly, draftOf, draftsOf, readField, readForm, yuanText } from "./case_form";

const field = (kind: CaseField["kind"], rest: Partial<CaseField> = {}): CaseField => ({ name: "f", label: "金额", kind, most: null, choices: [], is_required: false, ...rest });

describe("a form of a case", () => {
  it.each([[0, "0"], [1, "0.01"], [10, "0.10"], [115, "1.15"], [123_400, "1234"]])("shows %s fen as %s yuan and reads it back", (fen, shown) => {
    expect(yuanText(fen)).toBe(shown);
    expect(readField(field("money"), shown)).toEqual({ value: fen });
  });

  it.each(["-1", "1.234", "一百", "1,000", "1e3", "1234567890"])("takes no %s for an amount", (text) => {
    expect(readField(field("money"), text)).toHaveProperty("problem");
  });

  it("tells unknown from no", () => {
    expect(readField(field("flag"), "")).toEqual({ value: null });
    expect(readField(field("flag"), "no")).toEqual({ value: false });
    expect(draftOf(field("flag"), false)).toBe("no");
    expect(draftOf(field("flag"), null)).toBe("");
  });

  it("names the field that is missing", () => {
    expect(readForm([field("text"), field("text", { name: "g", label: "理由", is_required: true })], { f: "x", g: "  " })).toEqual({ problem: "请填写“理由”。" });
  });

  it("sends only what was changed", () => {
    const fields = [{ ...field("money"), value: 500 }, { ...field("text", { name: "g" }), value: null }];
    const draft = { ...draftsOf(fields), g: "甲银行" };
    expect(changedOnly(fields, draft).map(({ name }) => name)).toEqual(["g"]);
    expect(readForm(changedOnly(fields, draft), draft)).toEqual({ values: { g: "甲银行" } });
  });
});
