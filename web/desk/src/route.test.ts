import { expect, it } from "vitest";
import { formatRoute, parseRoute } from "./route";

it.each(["#/", "#/agents", "#/unanswered", "#/outbox", "#/flags", "#/flags/abc", "#/c/abc", "#/c/abc/card", "#/c/a%2Fb"])("%s survives a round trip", (hash) => {
  expect(formatRoute(parseRoute(hash))).toBe(hash);
});

it.each(["", "#", "#/nonsense", "#/c/", "#/c/%E0%A4%A"])("%s shows the desk", (hash) => {
  expect(parseRoute(hash)).toEqual({ page: "desk", conversation: null, showsCard: false });
});
