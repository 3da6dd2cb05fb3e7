import { expect, it } from "vitest";
import { formatRoute, parseRoute, parseView, watchRoute } from "./route";

it.each(["#/", "#/agents", "#/unanswered", "#/outbox", "#/audit", "#/account", "#/flags", "#/flags/abc", "#/c/abc", "#/c/abc/card", "#/c/a%2Fb"])("%s survives a round trip", (hash) => {
  expect(formatRoute(parseRoute(hash))).toBe(hash);
});

it.each(["", "#", "#/nonsense", "#/c/", "#/c/%E0%A4%A"])("%s shows the desk", (hash) => {
  expect(parseRoute(hash)).toEqual({ page: "desk", conversation: null, showsCard: false });
});

it("keeps the view beside the route", () => {
  expect(parseRoute("#/c/abc/card?view=mine")).toEqual({ page: "desk", conversation: "abc", showsCard: true });
  expect(parseView("#/c/abc?view=mine")).toBe("mine");
  expect(parseView("#/")).toBeNull();
  expect(parseView("#/?view=<script>")).toBeNull();
});

it("carries the view along while conversations are opened, and forgets it only when told", () => {
  const route = watchRoute(window);
  route.showView("late");
  route.go({ page: "desk", conversation: "abc", showsCard: false });
  expect(window.location.hash).toBe("#/c/abc?view=late");
  route.go({ page: "flags", item: null });
  expect(window.location.hash).toBe("#/flags");
  route.showView(null);
  route.go({ page: "desk", conversation: null, showsCard: false });
  expect(window.location.hash).toBe("#/");
});
