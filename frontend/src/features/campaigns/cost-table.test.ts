/** A total is never shown as surer than it is, and markets have their names. */
import { expect, it } from "vitest";
import type { Cost } from "./api";
import { caveatsOf, marketName } from "./cost-table";

const COST: Cost = {
  currency: "USD",
  rates_from: "2026-10-01",
  is_sample: false,
  total_micros: 0,
  unpriced: 0,
  lines: [],
};

it("says nothing where all is known", () => {
  expect(caveatsOf(COST)).toEqual([]);
});

it.each([
  [{ is_sample: true }, /invented/],
  [{ rates_from: null }, /No rate card/],
  [{ unpriced: 1200 }, /1,200 messages are not in the total/],
])("says of %o what is missing", (values, words) => {
  expect(caveatsOf({ ...COST, ...values }).join()).toMatch(words);
});

it.each([
  ["IN", "India"],
  ["united kingdom", "United Kingdom"],
  ["rest_of_africa", "Rest Of Africa"],
])("calls %s %s", (market, name) => {
  expect(marketName(market)).toBe(name);
});
