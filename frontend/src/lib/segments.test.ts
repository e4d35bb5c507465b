/** A filter goes through the form unchanged, and one too deep for it is told in words. */
import { expect, describe as group, it } from "vitest";
import {
  describe,
  emptyRow,
  type Filter,
  fromFilter,
  listOf,
  problemOf,
  toFilter,
} from "./segments";

const FILTERS: Filter[] = [
  { type: "all_of", of: [{ type: "tag", tag: "vip" }] },
  {
    type: "any_of",
    of: [
      { type: "field", field: "city", op: "contains", value: "Pune" },
      { type: "not", of: { type: "country", countries: ["IN", "DE"] } },
      { type: "field", field: "city", op: "is_set", value: "" },
      { type: "language", languages: ["pt_BR"] },
      { type: "opt_in", to: "all" },
      { type: "last_seen", op: "never" },
      { type: "last_seen", op: "not_within", days: 90 },
      { type: "created", op: "within", days: 7 },
    ],
  },
];

it.each(FILTERS)("keeps %o", (filter) => {
  const draft = fromFilter(filter);
  expect(draft).not.toBeNull();
  if (draft) expect(toFilter(draft)).toEqual(filter);
});

it("takes a single condition as a group of one", () => {
  expect(fromFilter({ type: "tag", tag: "vip" })?.rows).toHaveLength(1);
});

it("does not edit what it cannot show whole", () => {
  const deep = { type: "all_of", of: [{ type: "any_of", of: [{ type: "tag", tag: "a" }] }] };
  expect(fromFilter(deep)).toBeNull();
  expect(
    fromFilter({ type: "not", of: { type: "not", of: { type: "tag", tag: "a" } } }),
  ).toBeNull();
  expect(fromFilter({})).toBeNull();
});

it("tells any filter in words", () => {
  expect(
    describe({
      type: "all_of",
      of: [
        {
          type: "any_of",
          of: [
            { type: "tag", tag: "a" },
            { type: "tag", tag: "b" },
          ],
        },
        { type: "not", of: { type: "last_seen", op: "within", days: 30 } },
      ],
    }),
  ).toBe("(has the tag “a” or has the tag “b”) and not wrote in the last 30 days");
});

group("a condition", () => {
  const row = emptyRow(1);
  it.each([
    [{ ...row, value: " " }, /tag/],
    [{ ...row, value: "vip" }, null],
    [{ ...row, kind: "field" as const, value: "" }, /compare/],
    [{ ...row, kind: "field" as const, op: "is_set" as const }, null],
    [{ ...row, kind: "field" as const, op: "gt" as const, value: "many" }, /number/],
    [{ ...row, kind: "country" as const, value: "India" }, /two-letter/],
    [{ ...row, kind: "country" as const, value: "in, de" }, null],
    [{ ...row, kind: "created" as const, days: "0" }, /1 to 3,650/],
    [{ ...row, kind: "last_seen" as const, when: "never" as const, days: "" }, null],
  ])("%o", (value, expected) => {
    if (expected === null) expect(problemOf(value)).toBeNull();
    else expect(problemOf(value)).toMatch(expected);
  });
});

it("reads lists as people write them", () => {
  expect(listOf("country", "in, de;fr")).toEqual(["IN", "DE", "FR"]);
  expect(listOf("language", "EN pt-br")).toEqual(["en", "pt_BR"]);
});
