/** The ledger's arithmetic: nobody is lost, no stage is larger than the one before. */
import { describe, expect, it } from "vitest";
import { campaign, LEDGER } from "@/test/fake/db";
import {
  actionsOf,
  type CampaignState,
  funnelOf,
  isMoving,
  lookMs,
  progressOf,
  STATES,
  totalOf,
} from "./ledger";

const AUDIENCE = totalOf(LEDGER);

describe("the ledger", () => {
  it("shows each of the API's ten states once", () => {
    expect(STATES.map(({ state }) => state).sort()).toEqual(Object.keys(LEDGER).sort());
  });

  it("adds states that this page does not know, too", () => {
    expect(totalOf({ ...LEDGER, parked: 5 })).toBe(AUDIENCE + 5);
  });
});

describe("the funnel", () => {
  const stages = funnelOf({ audience: AUDIENCE, states: LEDGER, answered: 128 });

  it("counts what was read as delivered and accepted", () => {
    expect(stages.map(({ count }) => count)).toEqual([
      AUDIENCE,
      LEDGER.accepted + LEDGER.held + LEDGER.sent + LEDGER.delivered + LEDGER.read,
      LEDGER.delivered + LEDGER.read,
      LEDGER.read,
      128,
    ]);
  });

  it("never widens from the audience to what was read", () => {
    const counts = stages.slice(0, 4).map(({ count }) => count);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
  });
});

describe("progress", () => {
  it("is nothing before the list is made, and whole once nobody waits", () => {
    expect(progressOf(campaign(1, { audience: 0 }))).toBe(0);
    expect(progressOf({ audience: AUDIENCE, states: LEDGER })).toBe(1);
  });

  it("leaves out who is queued or being handed over", () => {
    const states = { ...LEDGER, queued: AUDIENCE, claimed: 0 };
    expect(progressOf({ audience: AUDIENCE * 2, states })).toBe(0.5);
  });
});

describe("what can be done", () => {
  it.each<[CampaignState, string[]]>([
    ["draft", ["launch"]],
    ["scheduled", ["launch", "cancel"]],
    ["planning", ["cancel"]],
    ["running", ["pause", "cancel"]],
    ["paused", ["resume", "cancel"]],
    ["settling", []],
    ["completed", []],
    ["cancelled", []],
    ["failed", []],
  ])("with a %s campaign is %j", (state, expected) => {
    expect(actionsOf(state)).toEqual(expected);
  });

  it("is looked at less often once nothing more is sent, and not before a launch", () => {
    expect(
      ["running", "paused", "completed", "draft"].map((one) => lookMs(one as CampaignState)),
    ).toEqual([2_000, 10_000, 60_000, false]);
  });

  it("asks again only while figures change by themselves", () => {
    const states: CampaignState[] = [
      "draft",
      "planning",
      "running",
      "paused",
      "settling",
      "completed",
    ];
    expect(states.filter(isMoving)).toEqual(["planning", "running", "settling"]);
  });
});
