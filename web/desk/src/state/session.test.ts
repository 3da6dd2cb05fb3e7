import { beforeEach, describe, expect, it } from "vitest";
import { browserClock } from "../../../shared/client/clock";
import type { DeskApi, SignedIn } from "../api/desk_api";
import { DeskError, type Http } from "../api/http";
import { Session, findPasswordProblem } from "./session";

const answer = (mustChange: boolean): SignedIn => ({
  agent: { id: "a1", username: "lin", name: "林静", role: "agent", available: true, rights: ["serve"] }, csrf: "token", must_change_password: mustChange, must_set_second_factor: false,
});

describe("Session", () => {
  let http: Http;
  let calls: string[];
  let next: Partial<Record<"me" | "signIn" | "takeSecondStep" | "changePassword", () => Promise<unknown>>>;
  let session: Session;

  beforeEach(() => {
    calls = [];
    next = {};
    const unused = (): Promise<never> => Promise.reject(new Error("unused"));
    http = { csrf: null, onSignedOut: null, call: unused, download: unused };
    const step = (name: "me" | "signIn" | "takeSecondStep" | "changePassword") => (...args: unknown[]) => {
      calls.push([name, ...args].join(" "));
      return (next[name] ?? (async () => answer(false)))();
    };
    const api = { me: step("me"), signIn: step("signIn"), takeSecondStep: step("takeSecondStep"), changePassword: step("changePassword"), signOut: async () => null } as unknown as DeskApi;
    session = new Session(http, api, browserClock);
  });

  it("takes up the session of the cookie", async () => {
    await session.restore();
    expect(session.state.phase).toBe("signed_in");
    expect(http.csrf).toBe("token");
  });

  it("tells an unreachable server from a missing session", async () => {
    next.me = async () => Promise.reject(new DeskError("not_signed_in", "", 401));
    await session.restore();
    expect(session.state.phase).toBe("signed_out");
    next.me = async () => Promise.reject(new DeskError("network", "", 0));
    await session.restore();
    expect(session.state.phase).toBe("unreachable");
  });

  it("counts down a delayed sign-in", async () => {
    next.signIn = async () => Promise.reject(new DeskError("sign_in_delayed", "请稍后再试", 429, {}, 20));
    expect(await session.signIn("lin", "wrong")).toBe("请稍后再试");
    expect(session.state.delayedUntil! - Date.now()).toBeGreaterThan(19_000);
  });

  it("asks for a new password first, without asking for the old one twice", async () => {
    next.signIn = async () => answer(true);
    await session.signIn("lin", "one-time");
    expect(session.state.phase).toBe("must_change");
    expect(session.knowsPassword).toBe(true);
    await session.changePassword("", "a much longer one");
    expect(calls).toContain("changePassword one-time a much longer one");
    expect(session.state.phase).toBe("signed_in");
    expect(session.knowsPassword).toBe(false);
  });

  it("takes a second step where the account has one", async () => {
    next.signIn = async () => ({ second_factor: true });
    expect(await session.signIn("lin", "password")).toBeNull();
    expect(session.state).toMatchObject({ phase: "second_step", agent: null });
    next.takeSecondStep = async () => Promise.reject(new DeskError("code_invalid", "验证码不正确", 401));
    await expect(session.takeSecondStep("code", "000000")).rejects.toThrow("验证码不正确");
    expect(session.state.phase).toBe("second_step");
    delete next.takeSecondStep;
    await session.takeSecondStep("recovery", "ABCDE-23456");
    expect(calls.at(-1)).toBe("takeSecondStep recovery ABCDE-23456");
    expect(session.state.phase).toBe("signed_in");
    expect(session.knowsPassword).toBe(false);
  });

  it("begins anew when the second step took too long, or was given up", async () => {
    next.signIn = async () => ({ second_factor: true });
    await session.signIn("lin", "password");
    http.onSignedOut?.();
    expect(session.state.phase).toBe("signed_out");
    await session.signIn("lin", "password");
    session.giveUpSecondStep();
    expect(session.state).toMatchObject({ phase: "signed_out", notice: "" });
    expect(session.knowsPassword).toBe(false);
  });

  it("asks for a second factor that is required, after the password", async () => {
    next.signIn = async () => ({ ...answer(true), must_set_second_factor: true });
    await session.signIn("lin", "one-time");
    expect(session.state.phase).toBe("must_change");
    next.me = async () => ({ ...answer(false), must_set_second_factor: true });
    await session.changePassword("", "a much longer one");
    expect(session.state.phase).toBe("must_set_factor");
    delete next.me;
    await session.restore();
    expect(session.state.phase).toBe("signed_in");
  });

  it("returns to sign-in when the session ends, once", async () => {
    await session.restore();
    http.onSignedOut?.();
    expect(session.state).toMatchObject({ phase: "signed_out", agent: null });
    expect(session.state.notice).not.toBe("");
    expect(http.csrf).toBeNull();
  });
});

it.each([
  ["short", "short", "short"],
  ["twelve chars", "twelve chars", null],
  ["twelve chars", "twelve char", "different"],
  ["一二三四五六七八九十一", "一二三四五六七八九十一", "short"],
] as const)("password %s / %s: %s", (one, two, problem) => {
  expect(findPasswordProblem(one, two)).toBe(problem);
});
