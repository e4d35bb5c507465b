/** After sign-in nobody is led to another site. */
import { expect, it } from "vitest";
import { nextOf, safeNext } from "./redirect";

it.each([
  ["/inbox/con_1", "/inbox/con_1"],
  ["/contacts/import?id=imp_1", "/contacts/import?id=imp_1"],
])("keeps the path %s", (next, expected) => {
  expect(safeNext(next)).toBe(expected);
});

it.each([
  undefined,
  "",
  "inbox",
  "//evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "/a\\b",
  "https://evil.example",
  "javascript:alert(1)",
  "/login?next=/login",
  "/join",
])("goes to the start page instead of %s", (next) => {
  expect(safeNext(next)).toBe("/");
});

it("ignores a next that is no text", () => {
  expect([nextOf({ next: ["/a"] }), nextOf({ next: "/a" })]).toEqual([{}, { next: "/a" }]);
});
