/** Everybody begins where they may be. */
import { expect, it } from "vitest";
import { startOf } from "./permissions";

it.each([
  [["contacts:read", "campaigns:read"], "/campaigns"],
  [["contacts:read", "conversations:read"], "/inbox"],
  [["numbers:read"], "/settings/numbers"],
  [["audit:read"], "/account"],
  [[], "/account"],
])("with %j at %s", (permissions, place) => {
  expect(startOf(permissions)).toBe(place);
});
