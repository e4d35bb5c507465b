/** The address says whom the list shows; what it cannot mean is dropped, never sent to the API. */
import { expect, it } from "vitest";
import { exportFilters, isFiltered, queryOf, readRecipientFilters } from "./recipient-filters";

it.each([
  [{}, {}],
  [
    { state: "failed", code: 131026 },
    { state: "failed", code: 131026 },
  ],
  [
    { state: "failed", code: "131026" },
    { state: "failed", code: 131026 },
  ],
  [{ state: "gone", code: "x", reason: "No!", answered: "yes", find: " " }, {}],
  [{ state: "", code: undefined, reason: undefined }, {}],
  [
    { state: "skipped", reason: "opted_out" },
    { state: "skipped", reason: "opted_out" },
  ],
  [{ answered: false }, { answered: false }],
  // A phone in an address is read as a number.
  [{ find: 4915123456789 }, { find: "4915123456789" }],
  [{ find: " +49 151 " }, { find: "+49 151" }],
])("reads %j as %j", (search, expected) => {
  expect(readRecipientFilters(search)).toEqual(expected);
});

it("asks the API for what is chosen, and only that", () => {
  expect(queryOf({})).toEqual({});
  expect(queryOf({ state: "failed", code: 0, answered: false, find: "+49" })).toEqual({
    state: ["failed"],
    error_code: [0],
    answered: false,
    search: "+49",
  });
  expect(isFiltered({})).toBe(false);
  expect(isFiltered({ answered: false })).toBe(true);
});

it("exports what is chosen", () => {
  expect(exportFilters({ state: "skipped", reason: "opted_out", answered: true })).toEqual({
    state: ["skipped"],
    error_code: [],
    reason: ["opted_out"],
    country: [],
    answered: true,
  });
});
