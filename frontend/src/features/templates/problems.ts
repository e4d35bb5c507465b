/** Which of the API's problems are shown, and where: what is still empty is not a mistake yet. Pure. */
import type { FieldProblem } from "@/lib/api/problem";

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return Array.isArray(value) && value.every(isEmpty);
}

/** The value of a request at a dotted path; undefined where the path leads nowhere. */
export function valueAt(request: unknown, path: string): unknown {
  let value: unknown = request;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/** The problems of what has been filled in; all of them once somebody wanted to submit. */
export function shownProblems(
  problems: readonly FieldProblem[],
  request: unknown,
  wasSubmitted: boolean,
): readonly FieldProblem[] {
  if (wasSubmitted) return problems;
  return problems.filter(({ field }) => !isEmpty(valueAt(request, field)));
}

const TOP = [
  "name",
  "language",
  "category",
  "number_id",
  "message_send_ttl_seconds",
  "parameter_format",
];

/** The problems that no field of the form stands for. */
export function unplaced(
  problems: readonly FieldProblem[],
  places: Partial<Record<string, string>>,
): readonly FieldProblem[] {
  const paths = [...TOP, ...Object.values(places).filter((path) => path !== undefined)];
  return problems.filter(
    ({ field }) => !paths.some((path) => field === path || field.startsWith(`${path}.`)),
  );
}
