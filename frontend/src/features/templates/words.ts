/** What Meta's words about templates mean, and what to do about them. */
import type { Tone } from "@/components/ui/badge";
import { formatMoment, humanise } from "@/lib/format";
import type { Template } from "./api";

interface StatusWords {
  label: string;
  tone: Tone;
  now: string;
}

export const STATUS_WORDS: Record<string, StatusWords> = {
  APPROVED: { label: "Approved", tone: "good", now: "It can be sent." },
  PENDING: {
    label: "In review",
    tone: "live",
    now: "Meta reviews it. That takes minutes as a rule, a day at most.",
  },
  IN_APPEAL: { label: "In appeal", tone: "live", now: "Meta looks at your appeal." },
  REJECTED: {
    label: "Rejected",
    tone: "danger",
    now: "Meta refused it. Change it, and it is reviewed again.",
  },
  PAUSED: { label: "Paused", tone: "warn", now: "Meta holds it back; nothing is sent with it." },
  DISABLED: {
    label: "Disabled",
    tone: "danger",
    now: "Meta disabled it for good. Create another with a new name.",
  },
  FLAGGED: { label: "Flagged", tone: "warn", now: "Its quality is low; Meta may disable it soon." },
  LIMIT_EXCEEDED: {
    label: "Over the limit",
    tone: "warn",
    now: "The account has as many templates as Meta allows. Delete some.",
  },
  ARCHIVED: {
    label: "Archived",
    tone: "neutral",
    now: "Put away. Meta deletes it after 28 days in the archive.",
  },
  PENDING_DELETION: { label: "Being deleted", tone: "neutral", now: "Meta is deleting it." },
  DELETED: { label: "Deleted", tone: "neutral", now: "It is at Meta no more." },
};

export function statusWords(status: string): StatusWords {
  return (
    STATUS_WORDS[status] ?? { label: humanise(status.toLowerCase()), tone: "neutral", now: "" }
  );
}

export const QUALITY_WORDS: Record<string, { label: string; tone: Tone }> = {
  GREEN: { label: "High quality", tone: "good" },
  YELLOW: { label: "Medium quality", tone: "warn" },
  RED: { label: "Low quality", tone: "danger" },
  UNKNOWN: { label: "No quality yet", tone: "neutral" },
};

export const CATEGORY_WORDS: Record<string, { label: string; hint: string }> = {
  MARKETING: {
    label: "Marketing",
    hint: "Offers, news, invitations. Not delivered to people who stopped marketing messages.",
  },
  UTILITY: {
    label: "Utility",
    hint: "About something that the person asked for or bought: orders, appointments, invoices.",
  },
  AUTHENTICATION: { label: "Authentication", hint: "One-time codes, and nothing else." },
};

export function categoryLabel(category: string): string {
  return CATEGORY_WORDS[category]?.label ?? humanise(category.toLowerCase());
}

const languageNames = new Intl.DisplayNames(["en"], { type: "language" });

/** `pt_BR` → `Brazilian Portuguese`; what the browser does not know stays a code. */
export function languageName(code: string): string {
  try {
    return languageNames.of(code.replace("_", "-")) ?? code;
  } catch {
    return code;
  }
}

export function pausedUntil(template: Pick<Template, "pause">): string | null {
  if (!template.pause) return null;
  return template.pause.until
    ? `Paused until ${formatMoment(template.pause.until)}`
    : "Paused until somebody ends it";
}

const PARTS: Record<string, string> = { header: "Header", body: "Text", offer: "Offer" };
const SPECIAL: Record<string, string> = {
  "header.media": "File of the header",
  "header.latitude": "Place: latitude",
  "header.longitude": "Place: longitude",
  "header.name": "Place: name",
  "header.address": "Place: address",
  "header.filename": "Name of the document",
  "header.product": "Product",
  "header.catalog_id": "Catalogue",
  "offer.expires_at": "End of the offer",
};

/** `card.0.body.1` → `Card 1, text {{1}}`. */
export function variableName(key: string): string {
  const card = /^card\.(\d+)\.(.*)$/.exec(key);
  if (card) {
    const name = variableName(card[2] ?? "");
    return `Card ${Number(card[1]) + 1}, ${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  }
  if (SPECIAL[key]) return SPECIAL[key];
  const [part = "", name = ""] = key.split(".");
  if (part === "button") return `Button ${Number(name) + 1}`;
  return `${PARTS[part] ?? humanise(part)} {{${name}}}`;
}

export const BUTTON_TYPES = [
  { type: "QUICK_REPLY", label: "Quick reply" },
  { type: "URL", label: "Open a page" },
  { type: "PHONE_NUMBER", label: "Call a phone number" },
  { type: "COPY_CODE", label: "Copy a coupon code" },
  { type: "FLOW", label: "Open a Flow" },
  { type: "VOICE_CALL", label: "Call on WhatsApp" },
  { type: "REQUEST_CONTACT_INFO", label: "Ask for the phone number" },
  { type: "CATALOG", label: "Open the catalogue" },
  { type: "MPM", label: "Show several products" },
  { type: "SPM", label: "Show one product" },
] as const;
export type ButtonType = (typeof BUTTON_TYPES)[number]["type"];

export const HEADER_FORMATS = [
  { format: "NONE", label: "None" },
  { format: "TEXT", label: "Text" },
  { format: "IMAGE", label: "Image" },
  { format: "VIDEO", label: "Video" },
  { format: "DOCUMENT", label: "Document" },
  { format: "LOCATION", label: "Place on the map" },
  { format: "PRODUCT", label: "Product" },
  { format: "GIF", label: "GIF" },
] as const;
export type HeaderFormat = (typeof HEADER_FORMATS)[number]["format"];

// Meta's list, November 2025; the API has the same, which a test holds.
export const LANGUAGES = (
  "af sq ar ar_EG ar_AE ar_LB ar_MA ar_QA az be_BY bn bn_IN bg ca zh_CN zh_HK zh_TW hr cs da " +
  "prs_AF nl nl_BE en en_GB en_US en_AE en_AU en_CA en_GH en_IE en_IN en_JM en_MY en_NZ en_QA " +
  "en_SG en_UG en_ZA et fil fi fr fr_BE fr_CA fr_CH fr_CI fr_MA ka de de_AT de_CH el gu ha he hi " +
  "hu id ga it ja kn kk rw_RW ko ky_KG lo lv lt mk ms ml mr nb ps_AF fa pl pt_BR pt_PT pa ro ru " +
  "sr si_LK sk sl es es_AR es_CL es_CO es_CR es_DO es_EC es_HN es_MX es_PA es_PE es_ES es_UY sw " +
  "sv ta te th tr uk ur uz vi zu"
).split(" ");
