import { describe, expect, it, vi } from "vitest";
import { memoryStorage } from "../storage";
import { ApiError, type CustomerApi } from "./api";
import { message } from "./fakes";
import { NO_WORD, Ratings, subjectOf } from "./ratings";

const SUBJECT = { key: "a1", conversation: "c1", session: "a1" };

function make(rate: (token: string, body: unknown) => Promise<unknown>, storage = memoryStorage()): { ratings: Ratings; api: CustomerApi } {
  return { ratings: new Ratings(storage, "ratings", () => undefined), api: { rate } as unknown as CustomerApi };
}

describe("subjectOf", () => {
  it("tells a session, an answer and a whole conversation apart", () => {
    expect(subjectOf(message(1, { kind: "rating_request", body: { session: "a1" } }))).toEqual(SUBJECT);
    expect(subjectOf(message(2, { kind: "rating_request" }))).toEqual({ key: "c1", conversation: "c1" });
    expect(subjectOf(message(3, { kind: "answer", body: { asks_solved: true } }))).toEqual({ key: "c1-3", conversation: "c1", message: "c1-3" });
  });

  it("asks nothing of other messages", () => {
    expect(subjectOf(message(1, { kind: "answer" }))).toBeNull();
    expect(subjectOf(message(2, { body: { asks_solved: true } }))).toBeNull();
  });
});

describe("Ratings", () => {
  it("sends only what was said", async () => {
    const rate = vi.fn(() => Promise.resolve({}));
    const { ratings, api } = make(rate);
    await ratings.send(api, "t", SUBJECT, { ...NO_WORD, solved: false, reasons: ["slow"] });
    expect(rate).toHaveBeenCalledWith("t", { conversation: "c1", session: "a1", solved: false, reasons: ["slow"] });
    expect(ratings.of("a1")).toMatchObject({ solved: false, isFinal: false });
  });

  it("is final after one change, and sends no more", async () => {
    const rate = vi.fn(() => Promise.resolve({}));
    const { ratings, api } = make(rate);
    for (const score of [4, 2, 5]) await ratings.send(api, "t", SUBJECT, { ...NO_WORD, score });
    expect(rate).toHaveBeenCalledTimes(2);
    expect(ratings.of("a1")).toMatchObject({ score: 2, isFinal: true });
  });

  it("keeps two sessions of one conversation apart", async () => {
    const { ratings, api } = make(() => Promise.resolve({}));
    await ratings.send(api, "t", SUBJECT, { ...NO_WORD, score: 2 });
    expect(ratings.of("a2")).toBeNull();
  });

  it("takes back what the server refused", async () => {
    const { ratings, api } = make(() => Promise.reject(new ApiError("rating_not_open")));
    await ratings.send(api, "t", SUBJECT, { ...NO_WORD, score: 5 });
    expect(ratings.of("a1")).toMatchObject({ score: 0, solved: null, error: { code: "rating_not_open" } });
  });

  it("reads what an earlier release kept", () => {
    const storage = memoryStorage();
    storage.setItem("ratings", JSON.stringify({ c1: { score: 4, comment: "", isFinal: false, isSending: false, error: null, sends: 1 } }));
    expect(make(() => Promise.resolve({}), storage).ratings.of("c1")).toMatchObject({ score: 4, solved: null, reasons: [] });
  });
});
