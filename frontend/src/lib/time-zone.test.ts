/** A schedule is shown as the moment that the API makes of it, also where clocks are changed. */
import { describe, expect, it } from "vitest";
import { formatIn, isZone, localIn, momentOf } from "./time-zone";

describe("a local time of a zone", () => {
  it.each([
    ["2026-12-24T10:00", "Europe/Berlin", "2026-12-24T09:00:00.000Z"],
    ["2026-07-24T10:00", "Europe/Berlin", "2026-07-24T08:00:00.000Z"],
    ["2026-12-24T10:00", "Asia/Kolkata", "2026-12-24T04:30:00.000Z"],
    // Clocks go from 02:00 to 03:00: what is skipped comes an hour later.
    ["2027-03-28T02:30", "Europe/Berlin", "2027-03-28T01:30:00.000Z"],
    // Clocks go from 03:00 back to 02:00: the first of the two.
    ["2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00.000Z"],
    ["2026-11-01T01:30", "America/New_York", "2026-11-01T05:30:00.000Z"],
    ["2027-03-14T02:15", "America/New_York", "2027-03-14T07:15:00.000Z"],
    // By half an hour only.
    ["2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:45:00.000Z"],
    ["2027-04-04T01:45", "Australia/Lord_Howe", "2027-04-03T14:45:00.000Z"],
    ["2026-12-31T23:59", "Pacific/Kiritimati", "2026-12-31T09:59:00.000Z"],
  ])("%s in %s is %s", (local, zone, moment) => {
    expect(momentOf(local, zone)?.toISOString()).toBe(moment);
  });

  it.each([
    ["", "Europe/Berlin"],
    ["soon", "Europe/Berlin"],
    ["2026-12-24T10:00", "Mars/Olympus"],
  ])("is none where %j in %s says nothing", (local, zone) => {
    expect(momentOf(local, zone)).toBeNull();
  });
});

it("tells what the clocks of a zone show", () => {
  const at = new Date("2026-12-24T09:00:00Z");
  expect(localIn(at, "Asia/Kolkata")).toBe("2026-12-24T14:30");
  expect(formatIn(at, "Europe/Berlin")).toBe("Thu 24 Dec 2026, 10:00");
});

it("knows a zone from a word", () => {
  expect(["Europe/Berlin", "UTC", "Berlin", ""].map(isZone)).toEqual([true, true, false, false]);
});
