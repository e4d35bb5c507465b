/** What a record says was different afterwards, field by field. Pure. */
import { asObject } from "@/lib/json";

export interface Change {
  field: string;
  before: string;
  after: string;
}

/** A value as a person reads it: texts as they are, all else as JSON. */
function words(value: unknown): string {
  if (value === undefined || value === null) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The fields of two objects that differ, in the order of their names; of one that is absent all of the other. */
export function changesOf(before: unknown, after: unknown): Change[] {
  const [was, is] = [asObject(before), asObject(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .sort()
    .map((field) => ({ field, before: words(was[field]), after: words(is[field]) }))
    .filter((change) => change.before !== change.after);
}
