/** A retry has the key of the first try; another request has another. */
import { expect, it } from "vitest";
import { createKeyRing, newKey } from "./idempotency";

it("keeps the key of a request until it is carried out or changed", () => {
  const ring = createKeyRing();
  const first = ring.keyFor({ name: "Spring" });
  expect(ring.keyFor({ name: "Spring" })).toBe(first);
  const second = ring.keyFor({ name: "Summer" });
  expect(second).not.toBe(first);
  ring.forget();
  expect(ring.keyFor({ name: "Summer" })).not.toBe(second);
});

it("makes keys of visible ASCII that differ", () => {
  const keys = Array.from({ length: 50 }, newKey);
  expect(new Set(keys).size).toBe(50);
  expect(keys.every((key) => /^[\x21-\x7e]{1,255}$/.test(key))).toBe(true);
});
