/** What the API's keys mean, in words that say what to do. */
import type { Tone } from "@/components/ui/badge";
import { humanise } from "@/lib/format";
import type { CampaignState, MessageState } from "./ledger";

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

const SKIP_REASONS: Record<string, string> = {
  opted_out: "Asked for no more messages",
  no_address: "No phone number or WhatsApp id",
  missing_variable: "A variable had no value and no fallback",
  cancelled: "The campaign was cancelled first",
  marketing_opted_out: "Stopped marketing messages",
  cooling: "Gets many marketing messages just now: WhatsApp asks to wait",
  undeliverable: "Cannot be reached on WhatsApp",
  sender: "Is the sending number itself",
  bsuid_authentication: "Codes cannot go to somebody whose phone is hidden",
};

export function skipReason(key: string): string {
  return SKIP_REASONS[key] ?? humanise(key);
}
