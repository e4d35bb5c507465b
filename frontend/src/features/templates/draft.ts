/**
 * A template while it is being written, the request that it becomes, and back. Pure.
 *
 * The API tells problems by paths into the request (`components.1.text`); `placesOf` says where each
 * part of the form is in it, so that a problem stands beside its field.
 */
import type { Category, Content, Template } from "./api";
import type { ButtonType, HeaderFormat } from "./words";

type Components = NonNullable<Content["components"]>;
type Component = Components[number];
type Json = Record<string, unknown>;

/** A file that shows reviewers what a header is like: of our library, or kept at Meta already. */
export interface Sample {
  mediaId: string | null;
  handle: string | null;
  name: string;
  /** To be shown on this screen only. */
  url: string | null;
}

export interface TextDraft {
  text: string;
  examples: Record<string, string>;
}

export interface HeaderDraft extends TextDraft {
  format: HeaderFormat;
  sample: Sample | null;
}

export interface ButtonDraft {
  key: string;
  type: ButtonType;
  text: string;
  url: string;
  phone: string;
  example: string;
  flowId: string;
  /** What this form does not show, kept for an edit: a flow's action, a call's minutes. */
  rest: Json;
}

export interface CardDraft {
  key: string;
  header: HeaderDraft;
  body: TextDraft;
  buttons: ButtonDraft[];
}

export interface CodeDraft {
  otpType: "COPY_CODE" | "ONE_TAP" | "ZERO_TAP";
  withAdvice: boolean;
  minutes: string;
  text: string;
  autofillText: string;
  apps: { key: string; package_name: string; signature_hash: string }[];
  areTermsAccepted: boolean;
}

export type Kind = "plain" | "offer" | "carousel";

export interface Draft {
  numberId: string;
  name: string;
  language: string;
  category: Category | "";
  kind: Kind;
  isNamed: boolean;
  header: HeaderDraft;
  body: TextDraft;
  footer: string;
  buttons: ButtonDraft[];
  cards: CardDraft[];
  offer: { text: string; hasExpiration: boolean };
  code: CodeDraft;
  ttl: string;
  /** Components that this form has no fields for; they go along as they are. */
  others: Component[];
}

let made = 0;
/** A key for a row of a list; rows have no identity of their own. */
export function newKey(): string {
  made += 1;
  return `k${made}`;
}

export const emptyHeader = (format: HeaderFormat): HeaderDraft => ({
  format,
  text: "",
  examples: {},
  sample: null,
});

export const emptyButton = (type: ButtonType): ButtonDraft => ({
  key: newKey(),
  type,
  text: "",
  url: "",
  phone: "",
  example: "",
  flowId: "",
  rest: {},
});

export const emptyCard = (): CardDraft => ({
  key: newKey(),
  header: emptyHeader("IMAGE"),
  body: { text: "", examples: {} },
  buttons: [emptyButton("QUICK_REPLY")],
});

/** A card built as `first` is, which Meta asks of all cards: same parts, nothing said yet. */
export function likeFirst(first: CardDraft | undefined): CardDraft {
  if (!first) return emptyCard();
  return {
    key: newKey(),
    header: emptyHeader(first.header.format),
    body: { text: "", examples: {} },
    buttons: first.buttons.map((button) => emptyButton(button.type)),
  };
}

export function emptyDraft(numberId: string): Draft {
  return {
    numberId,
    name: "",
    language: "en_US",
    category: "UTILITY",
    kind: "plain",
    isNamed: false,
    header: emptyHeader("NONE"),
    body: { text: "", examples: {} },
    footer: "",
    buttons: [],
    cards: [],
    offer: { text: "", hasExpiration: true },
    code: {
      otpType: "COPY_CODE",
      withAdvice: true,
      minutes: "10",
      text: "",
      autofillText: "",
      apps: [],
      areTermsAccepted: false,
    },
    ttl: "",
    others: [],
  };
}

/** The distinct variables of a text: numbers in their order, names as they appear. */
export function variablesOf(text: string): string[] {
  const found = [...text.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g)].map(([, name]) => name ?? "");
  const names = [...new Set(found)].filter((name) => name !== "");
  const areNumbers = names.every((name) => /^\d+$/.test(name));
  return areNumbers ? names.sort((a, b) => Number(a) - Number(b)) : names;
}

/** The variable to insert next: the next number, or a name that is still free. */
export function nextVariable(text: string, isNamed: boolean): string {
  const used = variablesOf(text);
  if (!isNamed) {
    return `{{${used.filter((name) => /^\d+$/.test(name)).length + 1}}}`;
  }
  let name = "first_name";
  for (let number = 2; used.includes(name); number += 1) name = `value_${number}`;
  return `{{${name}}}`;
}

export const MEDIA_FORMATS: readonly string[] = ["IMAGE", "VIDEO", "DOCUMENT", "GIF"];

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

/** A template of Meta's as a draft: for an edit, a copy or another language. */
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
