/** A template while it is being written: its parts, what they begin with, their variables. Pure. */
import type { Category, Content } from "./api";
import type { ButtonType, HeaderFormat } from "./words";

type Components = NonNullable<Content["components"]>;
export type Component = Components[number];
export type Json = Record<string, unknown>;

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
