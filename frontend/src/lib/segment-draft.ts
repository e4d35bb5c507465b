/**
 * Filters of contacts as a form edits them: conditions, and groups of conditions, of which all or
 * any must be met; each may be turned round. The API's tree may be deeper; such a tree is told in
 * words only. Pure.
 */
import type { Schemas } from "./api/client";
import { asList, asObject, asText } from "./json";

export type Filter = Schemas["SegmentWrite"]["filter"];
export type Match = "all_of" | "any_of";

export const KINDS = [
  { kind: "tag", label: "Tag" },
  { kind: "field", label: "Field" },
  { kind: "country", label: "Country" },
  { kind: "language", label: "Language" },
  { kind: "opt_in", label: "May be written to" },
  { kind: "last_seen", label: "Last wrote" },
  { kind: "created", label: "Was added" },
] as const;
export type Kind = (typeof KINDS)[number]["kind"];

export const FIELD_OPS = [
  { op: "is", label: "is" },
  { op: "is_not", label: "is not" },
  { op: "contains", label: "contains" },
  { op: "starts_with", label: "starts with" },
  { op: "is_set", label: "is filled in" },
  { op: "gt", label: "is more than" },
  { op: "gte", label: "is at least" },
  { op: "lt", label: "is less than" },
  { op: "lte", label: "is at most" },
] as const;
export type FieldOp = (typeof FIELD_OPS)[number]["op"];
export type WhenOp = "within" | "not_within" | "never";

export interface Row {
  /** Its identity in the form. */
  id: number;
  kind: Kind;
  isNot: boolean;
  /** The tag, the value of a field, or countries or languages with commas between. */
  value: string;
  field: string;
  op: FieldOp;
  when: WhenOp;
  days: string;
  to: "all" | "marketing";
}

/** Conditions that stand for one: what is in brackets. */
export interface Group {
  id: number;
  kind: "group";
  isNot: boolean;
  match: Match;
  rows: readonly Row[];
}

export interface FilterDraft {
  match: Match;
  rows: readonly (Row | Group)[];
}

export function emptyRow(id: number): Row {
  return {
    id,
    kind: "tag",
    isNot: false,
    value: "",
    field: "name",
    op: "is",
    when: "within",
    days: "30",
    to: "marketing",
  };
}

export function emptyGroup(id: number): Group {
  return { id, kind: "group", isNot: false, match: "any_of", rows: [emptyRow(id + 1)] };
}

export function emptyDraft(): FilterDraft {
  return { match: "all_of", rows: [emptyRow(1)] };
}

function conditionsOf({ rows }: FilterDraft): Row[] {
  return rows.flatMap((row) => (row.kind === "group" ? row.rows : [row]));
}

export function countOf(draft: FilterDraft): number {
  return conditionsOf(draft).length;
}

/** An identity that no row and no group of the draft has. */
export function nextId(draft: FilterDraft): number {
  return (
    Math.max(0, ...draft.rows.map((row) => row.id), ...conditionsOf(draft).map((row) => row.id)) + 1
  );
}

export function isComplete(draft: FilterDraft): boolean {
  return conditionsOf(draft).every((row) => problemOf(row) === null);
}

/** `in, DE` → `["IN", "DE"]`; languages keep their case but for the country's part. */
export function listOf(kind: "country" | "language", value: string): string[] {
  const words = value.split(/[\s,;]+/).filter(Boolean);
  if (kind === "country") return words.map((word) => word.toUpperCase());
  return words.map((word) => {
    const [language = "", country] = word.replace("-", "_").split("_");
    return country ? `${language.toLowerCase()}_${country.toUpperCase()}` : language.toLowerCase();
  });
}

const COUNTRY = /^[A-Z]{2}$/;
const LANGUAGE = /^[a-z]{2,3}(_[A-Z]{2})?$/;

/** What is wrong with a condition, in a sentence, or null. */
export function problemOf(row: Row): string | null {
  const value = row.value.trim();
  switch (row.kind) {
    case "tag":
      if (value === "") return "Write a tag.";
      return value.length > 50 ? "Use at most 50 characters." : null;
    case "field":
      if (!/^[a-z][a-z0-9_]{0,39}$/.test(row.field)) return "Choose a field.";
      if (row.op !== "is_set" && value === "") return "Write what to compare with.";
      if (/^(gt|gte|lt|lte)$/.test(row.op) && !Number.isFinite(Number(value))) {
        return "Write a number, like 12.5.";
      }
      return null;
    case "country":
    case "language": {
      const words = listOf(row.kind, row.value);
      const wrong = words.find((word) => !(row.kind === "country" ? COUNTRY : LANGUAGE).test(word));
      if (words.length === 0 || wrong) {
        return row.kind === "country"
          ? "Write two-letter codes, like IN, DE."
          : "Write codes, like en, pt_BR.";
      }
      return null;
    }
    case "last_seen":
    case "created": {
      const days = Number(row.days);
      const isFine = Number.isInteger(days) && days >= 1 && days <= 3650;
      return isFine || row.when === "never" ? null : "Write a number of days from 1 to 3,650.";
    }
    default:
      return null;
  }
}

function conditionOf(row: Row): Filter {
  const value = row.value.trim();
  switch (row.kind) {
    case "tag":
      return { type: "tag", tag: value.toLowerCase() };
    case "field":
      return {
        type: "field",
        field: row.field,
        op: row.op,
        value: row.op === "is_set" ? "" : value,
      };
    case "country":
      return { type: "country", countries: listOf("country", row.value) };
    case "language":
      return { type: "language", languages: listOf("language", row.value) };
    case "opt_in":
      return { type: "opt_in", to: row.to };
    case "last_seen":
      return row.when === "never"
        ? { type: "last_seen", op: "never" }
        : { type: "last_seen", op: row.when, days: Number(row.days) };
    case "created":
      return {
        type: "created",
        op: row.when === "not_within" ? "not_within" : "within",
        days: Number(row.days),
      };
  }
}

function turned(isNot: boolean, filter: Filter): Filter {
  return isNot ? { type: "not", of: filter } : filter;
}

function rowFilter(row: Row | Group): Filter {
  if (row.kind !== "group") return turned(row.isNot, conditionOf(row));
  return turned(row.isNot, { type: row.match, of: row.rows.map(rowFilter) });
}

export function toFilter({ match, rows }: FilterDraft): Filter {
  return { type: match, of: rows.map(rowFilter) };
}

function rowOf(node: Record<string, unknown>, id: number): Row | null {
  const row = emptyRow(id);
  if (node.type === "not") {
    const inner = rowOf(asObject(node.of), id);
    return inner && !inner.isNot ? { ...inner, isNot: true } : null;
  }
  const known = KINDS.find(({ kind }) => kind === node.type);
  if (!known) return null;
  const op = asText(node.op);
  return {
    ...row,
    kind: known.kind,
    value:
      asText(node.tag) ||
      asText(node.value) ||
      [...asList(node.countries), ...asList(node.languages)].map(asText).join(", "),
    field: asText(node.field) || row.field,
    op: FIELD_OPS.find((one) => one.op === op)?.op ?? row.op,
    when: op === "not_within" || op === "never" ? op : "within",
    days: asText(node.days) || row.days,
    to: node.to === "all" ? "all" : "marketing",
  };
}

function isGroup(node: Record<string, unknown>): boolean {
  return node.type === "all_of" || node.type === "any_of";
}

const matchOf = (node: Record<string, unknown>): Match =>
  node.type === "any_of" ? "any_of" : "all_of";

function groupOf(node: Record<string, unknown>, id: number): Group | null {
  const isNot = node.type === "not";
  const inner = isNot ? asObject(node.of) : node;
  if (!isGroup(inner)) return null;
  const rows = asList(inner.of).map((one, index) => rowOf(asObject(one), id + 1 + index));
  if (rows.length === 0 || rows.some((row) => row === null)) return null;
  return {
    id,
    kind: "group",
    isNot,
    match: matchOf(inner),
    rows: rows.filter((row) => row !== null),
  };
}

/** The filter as the form edits it; null if it is deeper than the form can show. */
export function fromFilter(filter: unknown): FilterDraft | null {
  const node = asObject(filter);
  const rows: (Row | Group)[] = [];
  let id = 1;
  for (const one of isGroup(node) ? asList(node.of).map(asObject) : [node]) {
    const row = rowOf(one, id) ?? groupOf(one, id);
    if (!row) return null;
    rows.push(row);
    id += 1 + (row.kind === "group" ? row.rows.length : 0);
  }
  return rows.length > 0 ? { match: matchOf(node), rows } : null;
}
