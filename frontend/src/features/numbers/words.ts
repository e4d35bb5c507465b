/** What Meta's words about numbers and accounts mean. */
import type { Tone } from "@/components/ui/badge";
import { formatCount, humanise } from "@/lib/format";
import type { Num, NumDetail } from "./api";

export const STATE_WORDS: Record<Num["state"], { label: string; tone: Tone; now: string }> = {
  green: { label: "Works", tone: "good", now: "It sends and receives." },
  yellow: {
    label: "Needs attention",
    tone: "warn",
    now: "It sends, but something needs attention.",
  },
  red: { label: "Cannot send", tone: "danger", now: "Nothing can be sent until this is mended." },
  disconnected: { label: "Disconnected", tone: "neutral", now: "Only its history is kept." },
};

export const QUALITY_WORDS: Record<string, string> = {
  GREEN: "High",
  YELLOW: "Medium",
  RED: "Low",
  UNKNOWN: "Not rated yet",
  NA: "Not rated yet",
};

const NAME_WORDS: Record<string, string> = {
  APPROVED: "Approved",
  AVAILABLE_WITHOUT_REVIEW: "In use, review to come",
  PENDING_REVIEW: "In review",
  DECLINED: "Declined",
  EXPIRED: "Approval expired",
  NONE: "Not submitted",
  NON_EXISTS: "Not submitted",
};

export function nameWords(status: string | null): string {
  if (status === null) return "Not known";
  return NAME_WORDS[status] ?? humanise(status.toLowerCase());
}

const TIERS: Record<string, string> = {
  TIER_50: "50 people a day",
  TIER_250: "250 people a day",
  TIER_1K: "1,000 people a day",
  TIER_2K: "2,000 people a day",
  TIER_10K: "10,000 people a day",
  TIER_100K: "100,000 people a day",
  TIER_UNLIMITED: "No limit",
};

export function tierWords(tier: string | null): string {
  if (tier === null) return "Not told by Meta yet";
  return TIERS[tier] ?? humanise(tier.toLowerCase());
}

/** What may still be begun in these 24 hours, as far as Parley knows. */
export function allowanceWords(allowance: NumDetail["allowance"]): string {
  if (!allowance) return "Not known";
  if (allowance.remaining === null) return "No limit";
  return `${formatCount(allowance.remaining)} of ${formatCount(allowance.limit ?? 0)}`;
}

export const STEP_WORDS: Record<string, { label: string; why: string }> = {
  subscribe: {
    label: "Webhooks",
    why: "So that messages, deliveries and answers come to Parley.",
  },
  register: { label: "Registration", why: "So that the number may send through the Cloud API." },
  smb_app_state_sync: {
    label: "Contacts of the app",
    why: "The WhatsApp Business app hands its contacts over, once.",
  },
  history: { label: "History of the app", why: "The app hands its conversations over, once." },
};

export const VERTICALS: Record<string, string> = {
  UNDEFINED: "Not set",
  ALCOHOL: "Alcohol",
  APPAREL: "Clothing and apparel",
  AUTO: "Automotive",
  BEAUTY: "Beauty, spa and salon",
  EDU: "Education",
  ENTERTAIN: "Entertainment",
  EVENT_PLAN: "Event planning and service",
  FINANCE: "Finance and banking",
  GOVT: "Public service",
  GROCERY: "Food and grocery",
  HEALTH: "Medical and health",
  HOTEL: "Hotel and lodging",
  MATRIMONY_SERVICE: "Matrimony service",
  NONPROFIT: "Non-profit",
  ONLINE_GAMBLING: "Online gambling",
  OTC_DRUGS: "Over-the-counter drugs",
  PHYSICAL_GAMBLING: "Gambling on site",
  PROF_SERVICES: "Professional services",
  RESTAURANT: "Restaurant",
  RETAIL: "Shopping and retail",
  TRAVEL: "Travel and transportation",
  OTHER: "Other",
};
