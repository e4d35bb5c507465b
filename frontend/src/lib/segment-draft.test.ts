/** A filter goes through the form unchanged, and one too deep for it is told in words. */
import { expect, describe as group, it } from "vitest";
import {
  countOf,
  emptyGroup,
  emptyRow,
  type Filter,
  fromFilter,
  isComplete,
  listOf,
  nextId,
  problemOf,
  toFilter,
} from "./segment-draft";
import { describe } from "./segment-words";

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
  {
    type: "all_of",
    of: [
      {
        type: "any_of",
        of: [
          { type: "tag", tag: "vip" },
          { type: "not", of: { type: "country", countries: ["IN"] } },
        ],
      },
      { type: "tag", tag: "spring" },
      { type: "not", of: { type: "all_of", of: [{ type: "tag", tag: "a" }] } },
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
  const tag: Filter = { type: "tag", tag: "a" };
  const deep: Filter = {
    type: "all_of",
    of: [{ type: "any_of", of: [{ type: "all_of", of: [tag] }] }],
  };
  expect(fromFilter(deep)).toBeNull();
  expect(
    fromFilter({ type: "not", of: { type: "not", of: { type: "tag", tag: "a" } } }),
  ).toBeNull();
  expect(fromFilter({})).toBeNull();
});

it("gives each row and each group an identity of its own", () => {
  const draft = fromFilter(FILTERS[2]);
  if (!draft) throw new Error("the form shows groups");
  const ids = draft.rows.flatMap((row) => [
    row.id,
    ...(row.kind === "group" ? row.rows.map((one) => one.id) : []),
  ]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).not.toContain(nextId(draft));
  expect(countOf(draft)).toBe(4);
});

it("is complete when the conditions of its groups are", () => {
  const group = emptyGroup(1);
  const draft = { match: "all_of" as const, rows: [group] };
  expect(isComplete(draft)).toBe(false);
  const filled = group.rows.map((row) => ({ ...row, value: "vip" }));
  expect(isComplete({ ...draft, rows: [{ ...group, rows: filled }] })).toBe(true);
});

group("in words", () => {
  const tag = (name: string): Filter => ({ type: "tag", tag: name });
  const seen = (op: "within" | "not_within", days: number): Filter => ({
    type: "last_seen",
    op,
    days,
  });
  it.each<[Filter, string]>([
    [
      {
        type: "all_of",
        of: [
          { type: "any_of", of: [tag("a"), tag("b")] },
          { type: "not", of: seen("within", 30) },
        ],
      },
      "(has the tag “a” or has the tag “b”) and did not write in the last 30 days",
    ],
    [{ type: "not", of: tag("a") }, "does not have the tag “a”"],
    [
      { type: "not", of: { type: "any_of", of: [tag("a"), tag("b")] } },
      "is not one who (has the tag “a” or has the tag “b”)",
    ],
    [{ type: "not", of: { type: "any_of", of: [tag("a")] } }, "does not have the tag “a”"],
    [{ type: "field", field: "city", op: "is", value: "Pune" }, "whose city is “Pune”"],
    [
      { type: "not", of: { type: "field", field: "city", op: "is_set", value: "" } },
      "whose city is empty",
    ],
    [{ type: "not", of: { type: "opt_in", to: "all" } }, "opted out"],
    [{ type: "last_seen", op: "never" }, "never wrote"],
  ])("%o", (filter, words) => {
    expect(describe(filter)).toBe(words);
  });
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
