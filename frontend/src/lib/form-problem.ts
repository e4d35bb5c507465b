/** Puts the API's field errors beside their fields; what has no field goes above the form. */
import type { FieldPath, FieldValues, UseFormSetError } from "react-hook-form";
import { ApiProblem, sentenceOf } from "./api/problem";

/** Shows `error` in a form whose fields are `names`; a field is matched by the path's first part. */
export function showProblem<T extends FieldValues>(
  error: unknown,
  setError: UseFormSetError<T>,
  names: readonly FieldPath<T>[],
): void {
  const fields = error instanceof ApiProblem ? error.fields : [];
  let isPlaced = fields.length > 0;
  for (const { field, message } of fields) {
    const name = names.find(
      (candidate) => candidate === field || field.startsWith(`${candidate}.`),
    );
    if (name) setError(name, { type: "server", message });
    else isPlaced = false;
  }
  if (!isPlaced) setError("root", { type: "server", message: sentenceOf(error) });
}
