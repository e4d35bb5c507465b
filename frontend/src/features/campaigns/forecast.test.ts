/** A forecast says what is known and no more. */
import { expect, it } from "vitest";
import { formatMoment } from "@/lib/format";
import { forecastWords } from "./forecast";

const FIRST = "2026-11-26T10:00:00Z";
const said = (expected_by: string | null) =>
  forecastWords({ not_before: FIRST, expected_by, waits: [] });

it.each([
  [null, `not before ${formatMoment(FIRST)}.`],
  ["2026-11-26T10:01:00Z", `about ${formatMoment("2026-11-26T10:01:00Z")}.`],
  [
    "2026-11-27T08:00:00Z",
    `between ${formatMoment(FIRST)} and ${formatMoment("2026-11-27T08:00:00Z")}.`,
  ],
])("until %s is told as such", (expectedBy, words) => {
  expect(said(expectedBy)).toBe(`The last message leaves ${words}`);
});
