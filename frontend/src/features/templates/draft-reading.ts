/** A template of Meta's as a draft: for an edit, a copy or another language. Pure. */
import type { Category, Template } from "./api";
import {
  type ButtonDraft,
  type CardDraft,
  type CodeDraft,
  type Component,
  type Draft,
  emptyDraft,
  emptyHeader,
  type HeaderDraft,
  type Json,
  newKey,
  type TextDraft,
  variablesOf,
} from "./draft";
import type { ButtonType, HeaderFormat } from "./words";

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

function readExamples(part: Json, key: "header_text" | "body_text"): Record<string, string> {
  const example = (part.example ?? {}) as Json;
  const named = example[`${key}_named_params`];
  if (Array.isArray(named)) {
    return Object.fromEntries(
      (named as Json[]).map((one) => [text(one.param_name), text(one.example)]),
    );
  }
  const given = example[key];
  const inner = firstOf(given);
  const values = (Array.isArray(inner) ? inner : Array.isArray(given) ? given : []) as unknown[];
  const names = variablesOf(text(part.text));
  return Object.fromEntries(names.map((name, index) => [name, text(values[index])]));
}

function readText(part: Json | undefined, key: "header_text" | "body_text"): TextDraft {
  return part
    ? { text: text(part.text), examples: readExamples(part, key) }
    : { text: "", examples: {} };
}

/** A sample that Meta shows as a link cannot be handed in again: a new one must be chosen. */
function readHeader(part: Json | undefined): HeaderDraft {
  if (!part) return emptyHeader("NONE");
  const format = (text(part.format) || "TEXT") as HeaderFormat;
  if (format === "TEXT") return { ...readText(part, "header_text"), format, sample: null };
  const handle = text(firstOf(((part.example ?? {}) as Json).header_handle));
  const isHandle = handle !== "" && !/^https?:/.test(handle);
  const sample = isHandle
    ? { mediaId: null, handle, name: "The sample that Meta has", url: null }
    : null;
  return { ...emptyHeader(format), sample };
}

function readButton(raw: Json): ButtonDraft {
  const { type, text: label, url, phone_number, example, flow_id, ...rest } = raw;
  return {
    key: newKey(),
    type: text(type).toUpperCase() as ButtonType,
    text: text(label),
    url: text(url),
    phone: text(phone_number),
    example: text(firstOf(example)),
    flowId: text(flow_id) || (typeof flow_id === "number" ? String(flow_id) : ""),
    rest,
  };
}

function byType(components: readonly Json[]): Partial<Record<string, Json>> {
  return Object.fromEntries(components.map((part) => [text(part.type).toUpperCase(), part]));
}

function readButtons(part: Json | undefined): ButtonDraft[] {
  return ((part?.buttons ?? []) as Json[]).map(readButton);
}

function readCard(raw: Json): CardDraft {
  const parts = byType((raw.components ?? []) as Json[]);
  return {
    key: newKey(),
    header: readHeader(parts.HEADER),
    body: readText(parts.BODY, "body_text"),
    buttons: readButtons(parts.BUTTONS),
  };
}

function readCode(parts: Partial<Record<string, Json>>, before: CodeDraft): CodeDraft {
  const button = ((parts.BUTTONS?.buttons ?? []) as Json[])[0] ?? {};
  const minutes = parts.FOOTER?.code_expiration_minutes;
  const otpType = text(button.otp_type).toUpperCase();
  return {
    ...before,
    otpType: otpType === "ONE_TAP" || otpType === "ZERO_TAP" ? otpType : "COPY_CODE",
    withAdvice: parts.BODY?.add_security_recommendation === true,
    minutes: typeof minutes === "number" ? String(minutes) : "",
    text: text(button.text),
    autofillText: text(button.autofill_text),
    apps: ((button.supported_apps ?? []) as Json[]).map((app) => ({
      key: newKey(),
      package_name: text(app.package_name),
      signature_hash: text(app.signature_hash),
    })),
    areTermsAccepted: button.zero_tap_terms_accepted === true,
  };
}

const SHOWN = ["HEADER", "BODY", "FOOTER", "BUTTONS", "CAROUSEL", "LIMITED_TIME_OFFER"];

/** What Meta has of a template, with nothing of it lost. */
export function draftOf(template: Template): Draft {
  const parts = byType(template.components);
  const empty = emptyDraft(template.number_id);
  const offer = (parts.LIMITED_TIME_OFFER?.limited_time_offer ?? {}) as Json;
  return {
    ...empty,
    name: template.name,
    language: template.language,
    category: template.category as Category,
    kind: parts.CAROUSEL ? "carousel" : parts.LIMITED_TIME_OFFER ? "offer" : "plain",
    isNamed: template.parameter_format === "NAMED",
    header: readHeader(parts.HEADER),
    body: readText(parts.BODY, "body_text"),
    footer: text(parts.FOOTER?.text),
    buttons: readButtons(parts.BUTTONS),
    cards: ((parts.CAROUSEL?.cards ?? []) as Json[]).map(readCard),
    offer: { text: text(offer.text), hasExpiration: offer.has_expiration === true },
    code: template.category === "AUTHENTICATION" ? readCode(parts, empty.code) : empty.code,
    ttl:
      template.message_send_ttl_seconds === null ? "" : String(template.message_send_ttl_seconds),
    others: template.components.filter(
      (part) => !SHOWN.includes(text(part.type).toUpperCase()),
    ) as unknown as Component[],
  };
}
