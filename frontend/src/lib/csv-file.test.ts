/** A file that cannot be a CSV is refused with what to do, before it is sent. */
import { expect, it } from "vitest";
import { refusalOf } from "./csv-file";

it.each([
  ["contacts.xlsx", 10, /Save it as CSV/],
  ["photo.png", 10, /ends in \.csv/],
  ["contacts.csv", 0, /empty/],
  ["contacts.csv", 500_000_001, /500 MB/],
])("%s of %d bytes is refused", (name, size, reason) => {
  expect(refusalOf({ name, size })).toMatch(reason);
});

it("a CSV of any spelling is taken", () => {
  expect([refusalOf({ name: "A.CSV", size: 1 }), refusalOf({ name: "b.tsv", size: 1 })]).toEqual([
    null,
    null,
  ]);
});
