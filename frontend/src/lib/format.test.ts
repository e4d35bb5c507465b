/** Numbers and times are said without lying by rounding. */
import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatDuration,
  formatMicros,
  formatRecent,
  formatShare,
  humanise,
  initials,
} from "./format";

describe("shares", () => {
  it.each([
    [0, 0, "–"],
    [0, 10, "0%"],
    [1, 10_000, "<0.1%"],
    [9_999, 10_000, ">99.9%"],
    [999, 1_000, "99%"],
    [10, 10, "100%"],
    [37, 1_000, "3.7%"],
  ])("%d of %d is %s", (part, whole, expected) => {
    expect(formatShare(part, whole)).toBe(expected);
  });
});

it.each([
  [0, "0 s"],
  [59.6, "1 min"],
  [185, "3 min 5 s"],
  [7_800, "2 h 10 min"],
])("%d seconds are %s", (seconds, expected) => {
  expect(formatDuration(seconds)).toBe(expected);
});

it("names recent days by clock, word, weekday or date", () => {
  const now = new Date(2026, 10, 23, 12, 0);
  const at = (day: number, month = 10, year = 2026) =>
    formatRecent(new Date(year, month, day, 9, 5).toISOString(), now);
  expect([at(23), at(22), at(19), at(2), at(2, 0, 2025)]).toEqual([
    "09:05",
    "Yesterday",
    "Thu",
    "2 Nov",
    "2 Jan 2025",
  ]);
});

it("finds initials in any script, and a sign where there is no letter", () => {
  expect(["Asha Rao", "  José  ", "田中 健", "", "+49 30"].map(initials)).toEqual([
    "AR",
    "J",
    "田健",
    "#",
    "#",
  ]);
});

it("makes words of keys it does not know", () => {
  expect(humanise("no_phone")).toBe("No phone");
});

it("says sizes in thousands", () => {
  expect([0, 640, 999.6, 12_345, 4_812_000, 250_000_000].map(formatBytes)).toEqual([
    "0 B",
    "640 B",
    "1 kB",
    "12 kB",
    "4.8 MB",
    "250 MB",
  ]);
});

it("says money in its currency, and does not round a small rate away", () => {
  expect(formatMicros(12_345_678, "USD")).toBe("$12.35");
  expect(formatMicros(10_700, "USD")).toBe("$0.0107");
  expect(formatMicros(0, "EUR")).toBe("€0.00");
});
