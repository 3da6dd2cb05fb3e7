import { expect, it } from "vitest";
import { memoryStorage } from "../storage";
import { message } from "./fakes";
import { Receipts } from "./receipts";

it("counts what others wrote and remembers what was read", () => {
  const storage = memoryStorage();
  const receipts = new Receipts(storage, "read");
  const messages = [message(1), message(2, { sender: "customer" }), message(3, { sender: "agent" }), message(1, { conversation: "c2" })];
  expect(receipts.unread(messages)).toBe(3);
  expect(receipts.readAll(messages)).toEqual([
    { conversation: "c1", seq: 3 },
    { conversation: "c2", seq: 1 },
  ]);
  expect(receipts.readAll(messages)).toEqual([]);
  expect(new Receipts(storage, "read").unread([...messages, message(4)])).toBe(1);
});

it("never moves the agent's mark backwards", () => {
  const receipts = new Receipts(memoryStorage(), "read");
  receipts.agentRead("c1", 5);
  receipts.agentRead("c1", 3);
  expect(receipts.agentReadUpTo("c1")).toBe(5);
});
