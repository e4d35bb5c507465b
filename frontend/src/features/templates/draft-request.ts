/**
 * The request that a template's draft becomes, and where each part of the form is in it. Pure.
 *
 * The API tells problems by paths into the request (`components.1.text`); `placesOf` says where each
 * part of the form is in it, so that a problem stands beside its field.
 */
import type { Content } from "./api";
import {
  type ButtonDraft,
  type CardDraft,
  type Component,
  type Draft,
  type HeaderDraft,
  type Json,
  MEDIA_FORMATS,
  type TextDraft,
  variablesOf,
} from "./draft";

function exampleOf(draft: TextDraft, key: "header_text" | "body_text", isNamed: boolean): Json {
  const names = variablesOf(draft.text);
  if (names.length === 0) return {};
  if (isNamed) {
    const params = names.map((name) => ({
      param_name: name,
      example: draft.examples[name] ?? "",
    }));
    return { example: { [`${key}_named_params`]: params } };
  }
  const values = names.map((name) => draft.examples[name] ?? "");
  return { example: { [key]: key === "body_text" ? [values] : values } };
}

function headerOf(header: HeaderDraft, isNamed: boolean): Json[] {
  const base = { type: "HEADER", format: header.format };
  if (header.format === "NONE") return [];
  if (header.format === "TEXT") {
    return [{ ...base, text: header.text, ...exampleOf(header, "header_text", isNamed) }];
  }
  if (!MEDIA_FORMATS.includes(header.format) || !header.sample) return [base];
  const { mediaId, handle } = header.sample;
  return [{ ...base, example: mediaId ? { media_id: mediaId } : { header_handle: [handle] } }];
}

function buttonOf(button: ButtonDraft): Json {
  const base = { ...button.rest, type: button.type };
  switch (button.type) {
    case "URL":
      return {
        ...base,
        text: button.text,
        url: button.url,
        ...(button.url.includes("{{") && { example: [button.example] }),
      };
    case "PHONE_NUMBER":
      return { ...base, text: button.text, phone_number: button.phone };
    case "COPY_CODE":
      return { ...base, example: button.example };
    case "REQUEST_CONTACT_INFO":
      return base;
    case "FLOW":
      return { ...base, text: button.text, ...(button.flowId && { flow_id: button.flowId }) };
    default:
      return { ...base, text: button.text };
  }
}

function buttonsOf(buttons: readonly ButtonDraft[]): Json[] {
  return buttons.length > 0 ? [{ type: "BUTTONS", buttons: buttons.map(buttonOf) }] : [];
}

function codeOf({ code }: Draft): Json[] {
  const button: Json = { type: "OTP", otp_type: code.otpType };
  if (code.text) button.text = code.text;
  if (code.otpType !== "COPY_CODE") {
    if (code.autofillText) button.autofill_text = code.autofillText;
    button.supported_apps = code.apps.map(({ package_name, signature_hash }) => ({
      package_name,
      signature_hash,
    }));
  }
  if (code.otpType === "ZERO_TAP") button.zero_tap_terms_accepted = code.areTermsAccepted;
  return [
    { type: "BODY", add_security_recommendation: code.withAdvice },
    ...(code.minutes.trim()
      ? [{ type: "FOOTER", code_expiration_minutes: wholeNumber(code.minutes) ?? 0 }]
      : []),
    { type: "BUTTONS", buttons: [button] },
  ];
}

function cardOf(card: CardDraft, isNamed: boolean): Json {
  return {
    components: [
      ...headerOf(card.header, isNamed),
      ...(card.body.text
        ? [{ type: "BODY", text: card.body.text, ...exampleOf(card.body, "body_text", isNamed) }]
        : []),
      ...buttonsOf(card.buttons),
    ],
  };
}

export function componentsOf(draft: Draft): Component[] {
  if (draft.category === "AUTHENTICATION") return codeOf(draft) as unknown as Component[];
  const body = {
    type: "BODY",
    text: draft.body.text,
    ...exampleOf(draft.body, "body_text", draft.isNamed),
  };
  const cards = draft.cards.map((card) => cardOf(card, draft.isNamed));
  const offer = { text: draft.offer.text, has_expiration: draft.offer.hasExpiration };
  const parts: Json[] =
    draft.kind === "carousel"
      ? [body, { type: "CAROUSEL", cards }]
      : [
          ...headerOf(draft.header, draft.isNamed),
          ...(draft.kind === "offer"
            ? [{ type: "LIMITED_TIME_OFFER", limited_time_offer: offer }]
            : []),
          body,
          ...(draft.footer && draft.kind === "plain"
            ? [{ type: "FOOTER", text: draft.footer }]
            : []),
          ...buttonsOf(draft.buttons),
        ];
  return [...(parts as unknown as Component[]), ...draft.others];
}

export function wholeNumber(text: string): number | null {
  return /^-?\d+$/.test(text.trim()) ? Number(text) : null;
}

/** What the template says, as both a new one and an edit have it. */
export function contentOf(draft: Draft): Content {
  const ttl = wholeNumber(draft.ttl);
  return {
    ...CONTENT,
    components: componentsOf(draft),
    parameter_format: draft.isNamed ? "NAMED" : "POSITIONAL",
    ...(ttl === null ? {} : { message_send_ttl_seconds: ttl }),
  };
}

// The client's types ask for what the API fills in by itself.
const CONTENT = { body_examples: [], buttons: [] };

/** The paths of the parts in the request of `draft`; a part that is not in it has none. */
export function placesOf(draft: Draft): Partial<Record<string, string>> {
  const places: Partial<Record<string, string>> = {};
  componentsOf(draft).forEach((component, index) => {
    places[component.type] ??= `components.${index}`;
  });
  return places;
}

/** The path of a part of a card, or undefined where the card has no such part. */
export function cardPlace(draft: Draft, index: number, type: string): string | undefined {
  const card = draft.cards[index];
  const parts = (card ? cardOf(card, draft.isNamed).components : []) as Json[];
  const position = parts.findIndex((part) => part.type === type);
  const carousel = placesOf(draft).CAROUSEL;
  if (position < 0 || !carousel) return undefined;
  return `${carousel}.cards.${index}.components.${position}`;
}

type Found = { field: string; message: string };

/** What is said of the field at `path`, or of anything below it; undefined if nothing. */
export function saidOf(
  found: readonly Found[],
  path: string | undefined,
  { exactly = false } = {},
): string | undefined {
  if (path === undefined) return undefined;
  const words = found
    .filter(({ field }) => field === path || (!exactly && field.startsWith(`${path}.`)))
    .map(({ message }) => message);
  return words.length > 0 ? [...new Set(words)].join(" ") : undefined;
}
