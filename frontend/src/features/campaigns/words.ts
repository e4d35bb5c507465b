/** What the API's keys mean, in words that say what to do. */
import type { Tone } from "@/components/ui/badge";
import { humanise } from "@/lib/format";
import { type CampaignState, type MessageState, STATES } from "./ledger";

export const CAMPAIGN_WORDS: Record<CampaignState, { label: string; tone: Tone; now: string }> = {
  draft: { label: "Draft", tone: "neutral", now: "Not launched. Nobody has been written to." },
  scheduled: {
    label: "Scheduled",
    tone: "brand",
    now: "Starts by itself at its time. Nobody has been written to.",
  },
  planning: {
    label: "Planning",
    tone: "live",
    now: "Choosing the recipients and freezing the list.",
  },
  running: { label: "Sending", tone: "live", now: "Messages are being handed to WhatsApp." },
  paused: { label: "Paused", tone: "warn", now: "Nothing more is sent until you resume." },
  settling: {
    label: "Settling",
    tone: "live",
    now: "All is handed over; the last deliveries are being reported.",
  },
  completed: {
    label: "Completed",
    tone: "good",
    now: "Every outcome that could be known is known.",
  },
  cancelled: {
    label: "Cancelled",
    tone: "neutral",
    now: "Ended early. The rest was not written to.",
  },
  failed: { label: "Failed", tone: "danger", now: "Nothing could be sent." },
};

export const MESSAGE_TONES: Record<MessageState, Tone> = {
  queued: "neutral",
  claimed: "neutral",
  accepted: "brand",
  held: "warn",
  sent: "brand",
  delivered: "brand",
  read: "good",
  failed: "danger",
  unknown: "warn",
  skipped: "neutral",
};

/** As the report names them; here for what has no report, a dry run and a test. */
const SKIP_REASONS: Record<string, string> = {
  contact_deleted: "Contact deleted",
  merged: "The same person as another contact",
  opted_out: "Asked for no more messages",
  marketing_opted_out: "Stopped marketing messages in WhatsApp",
  cooling: "Held back by WhatsApp for now: many marketing messages lately",
  frequency_cap: "Had enough messages lately, by the rule of your business",
  no_address: "No phone number and no user id",
  own_number: "The sending number itself",
  undeliverable: "Cannot be reached on WhatsApp",
  blocked: "Blocked: they or the business stopped messages",
  country_not_allowed: "WhatsApp does not allow their country",
  identity_changed: "Their WhatsApp account may be somebody else’s now",
  needs_phone: "A one-time code needs a phone number",
  missing_variable: "A variable had no value and no fallback",
  unfit_value: "A value that WhatsApp would refuse in this template",
  campaign_failed: "The campaign failed before it was sent",
  erased: "Erased, as they asked or the business decided",
  cancelled: "The campaign was cancelled first",
};

export function skipReason(key: string): string {
  return SKIP_REASONS[key] ?? humanise(key);
}

export function stateLabel(state: MessageState): string {
  return STATES.find((one) => one.state === state)?.label ?? humanise(state);
}

/** Whose matter a failure is. */
export const WHOSE: Record<"meta" | "business" | "customer" | "parley", string> = {
  meta: "WhatsApp’s matter",
  business: "Your matter",
  customer: "The customer’s matter",
  parley: "Parley’s matter",
};
