/**
 * Filters of contacts as a form edits them: conditions of which all or any must be met, each of
 * which may be turned round. The API's tree may be deeper; such a tree is told in words only.
 */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, onPage, type Schemas, taken } from "./api/client";
import { humanise } from "./format";
import { asList, asObject, asText } from "./json";

export type Filter = Schemas["SegmentWrite"]["filter"];
export type Segment = Schemas["SegmentOut"];

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

export interface FilterDraft {
  match: "all_of" | "any_of";
  rows: readonly Row[];
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

export function emptyDraft(): FilterDraft {
  return { match: "all_of", rows: [emptyRow(1)] };
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

export function toFilter({ match, rows }: FilterDraft): Filter {
  const of = rows.map((row): Filter => {
    const condition = conditionOf(row);
    return row.isNot ? { type: "not", of: condition } : condition;
  });
  return { type: match, of };
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

/** The filter as the form edits it; null if it is deeper than the form can show. */
export function fromFilter(filter: unknown): FilterDraft | null {
  const node = asObject(filter);
  const isGroup = node.type === "all_of" || node.type === "any_of";
  const rows = (isGroup ? asList(node.of).map(asObject) : [node]).map((one, index) =>
    rowOf(one, index + 1),
  );
  if (rows.length === 0 || rows.some((row) => row === null)) return null;
  return {
    match: node.type === "any_of" ? "any_of" : "all_of",
    rows: rows.filter((row) => row !== null),
  };
}

function describeWhen(node: Record<string, unknown>, verb: string): string {
  if (node.op === "never") return `never ${verb}`;
  return `${verb} ${node.op === "not_within" ? "not " : ""}in the last ${asText(node.days)} days`;
}

/** A filter of any depth in words. */
export function describe(filter: unknown): string {
  const node = asObject(filter);
  const joined = (word: string) =>
    asList(node.of)
      .map((one) => {
        const inner = asObject(one);
        const isGroup = /^(all|any)_of$/.test(asText(inner.type)) && asList(inner.of).length > 1;
        return isGroup ? `(${describe(one)})` : describe(one);
      })
      .join(` ${word} `);
  switch (node.type) {
    case "all_of":
      return joined("and");
    case "any_of":
      return joined("or");
    case "not":
      return `not ${describe(node.of)}`;
    case "tag":
      return `has the tag “${asText(node.tag)}”`;
    case "field": {
      const op = FIELD_OPS.find((one) => one.op === node.op)?.label ?? asText(node.op);
      const value = node.op === "is_set" ? "" : ` “${asText(node.value)}”`;
      return `${humanise(asText(node.field)).toLowerCase()} ${op}${value}`;
    }
    case "country":
      return `is in ${asList(node.countries).map(asText).join(", ")}`;
    case "language":
      return `speaks ${asList(node.languages).map(asText).join(", ")}`;
    case "opt_in":
      return node.to === "all" ? "has not opted out" : "takes marketing messages";
    case "last_seen":
      return describeWhen(node, "wrote");
    case "created":
      return describeWhen(node, "was added");
    default:
      return humanise(asText(node.type));
  }
}

export const segmentsQuery = infiniteQueryOptions({
  queryKey: ["segments", "list"],
  queryFn: ({ pageParam, signal }) =>
    taken(api.GET("/api/segments", { signal, params: { query: onPage(pageParam) } })),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

/** How the filter does on the first contacts. */
export const segmentPreviewQuery = (filter: Filter | null) =>
  queryOptions({
    queryKey: ["segments", "preview", filter],
    queryFn: ({ signal }) => {
      if (filter === null) throw new Error("A preview needs a filter.");
      return taken(api.POST("/api/segments/preview", { signal, body: { filter } }));
    },
    enabled: filter !== null,
    staleTime: 60_000,
  });
