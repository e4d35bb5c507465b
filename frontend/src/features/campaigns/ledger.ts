/** The arithmetic of a campaign's ledger: ten states that add up to the audience, at every moment. */
import type { Schemas } from "@/lib/api/client";

export type Campaign = Schemas["CampaignOut"];
export type CampaignState = Campaign["state"];
export type MessageState = Schemas["Recipient"]["state"];
export type Counts = Readonly<Record<string, number>>;

interface StateWords {
  state: MessageState;
  label: string;
  meaning: string;
}

/** In the order in which a message passes through them. */
export const STATES: readonly StateWords[] = [
  { state: "queued", label: "Queued", meaning: "waiting for its turn" },
  { state: "claimed", label: "Claimed", meaning: "being handed to WhatsApp now" },
  { state: "accepted", label: "Accepted", meaning: "WhatsApp took it, no news yet" },
  { state: "held", label: "Held", meaning: "WhatsApp holds it to judge the template" },
  { state: "sent", label: "Sent", meaning: "on its way to the phone" },
  { state: "delivered", label: "Delivered", meaning: "on the phone, not read yet" },
  { state: "read", label: "Read", meaning: "opened by the customer" },
  { state: "failed", label: "Failed", meaning: "refused or undeliverable" },
  {
    state: "unknown",
    label: "Unknown",
    meaning: "no answer from WhatsApp; never sent again by itself",
  },
  { state: "skipped", label: "Skipped", meaning: "not sent, for a reason" },
];

/** The API refuses more. */
const MAX_RETRIES = 5;
const PENDING: readonly MessageState[] = ["queued", "claimed"];

function sumOf(counts: Counts, states: readonly MessageState[]): number {
  return states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}

/** All of a ledger, states this page does not know included. */
export function totalOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** How many have an outcome of any kind, as a share of the audience from 0 to 1. */
export function progressOf(campaign: Pick<Campaign, "audience" | "states">): number {
  if (campaign.audience <= 0) return 0;
  return 1 - Math.min(1, sumOf(campaign.states, PENDING) / campaign.audience);
}

export interface Stage {
  key: "audience" | "accepted" | "delivered" | "read" | "answered";
  label: string;
  count: number;
}

/**
 * The funnel. A message that was read was also delivered and accepted, so each stage counts what
 * went on from it. What failed after it was accepted is told apart by the recipients, not here.
 */
export function funnelOf(campaign: Pick<Campaign, "audience" | "states" | "answered">): Stage[] {
  const { states } = campaign;
  return [
    { key: "audience", label: "Audience", count: campaign.audience },
    {
      key: "accepted",
      label: "Accepted",
      count: sumOf(states, ["accepted", "held", "sent", "delivered", "read"]),
    },
    { key: "delivered", label: "Delivered", count: sumOf(states, ["delivered", "read"]) },
    { key: "read", label: "Read", count: sumOf(states, ["read"]) },
    { key: "answered", label: "Answered", count: campaign.answered },
  ];
}

/** Whether the figures may still change without anybody touching the campaign. */
export function isMoving(state: CampaignState): boolean {
  return state === "planning" || state === "running" || state === "settling";
}

const LIVE_MS = 2_000;
const SLOW_MS = 10_000;
const LATE_MS = 60_000;

/** How often to look at one campaign: what was sent is still delivered and read after it stopped. */
export function lookMs(state: CampaignState): number | false {
  if (isMoving(state)) return LIVE_MS;
  if (state === "paused" || state === "cancelled" || state === "scheduled") return SLOW_MS;
  return state === "completed" ? LATE_MS : false;
}

export type Action = "launch" | "pause" | "resume" | "cancel";

/** Whether those who failed may be tried again: everybody was sent to, and it was not done too often. */
export function canRetry({ state, states, retries }: Campaign): boolean {
  const isOver = state === "settling" || state === "completed";
  return isOver && retries < MAX_RETRIES && sumOf(states, ["failed", "unknown"]) > 0;
}

/** What may be asked of a campaign in a state. */
export function actionsOf(state: CampaignState): Action[] {
  switch (state) {
    case "draft":
      return ["launch"]; // one that is not wanted is deleted
    case "scheduled":
      return ["launch", "cancel"];
    case "planning":
      return ["cancel"];
    case "running":
      return ["pause", "cancel"];
    case "paused":
      return ["resume", "cancel"];
    default:
      return [];
  }
}
