/** What went wrong, as the API says it (RFC 9457), or as the browser does when nothing answered. */
import type { components } from "./schema";

type Problem = components["schemas"]["Problem"];
export type FieldProblem = { field: string; message: string };

export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly requestId: string | null = null,
    readonly fields: readonly FieldProblem[] = [],
  ) {
    super(detail);
  }

  /** Asking again may help: nothing answered, or the server was at fault. */
  get isPassing(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429;
  }
}

export const UNREACHABLE = "Parley cannot be reached. Check your connection, then try again.";

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === "object" &&
    body !== null &&
    typeof (body as Partial<Problem>).detail === "string" &&
    typeof (body as Partial<Problem>).code === "string"
  );
}

/** Reads an error body; one that is not problem+json (a proxy's page) becomes a plain sentence. */
export function toProblem(response: Response, body: unknown): ApiProblem {
  if (isProblem(body)) {
    return new ApiProblem(
      response.status,
      body.code,
      body.detail,
      body.request_id,
      body.errors ?? [],
    );
  }
  const detail =
    response.status >= 500
      ? `Parley is not answering as it should (${response.status}). Try again in a moment.`
      : `The request was refused (${response.status}).`;
  return new ApiProblem(response.status, "unreadable", detail);
}

/** The sentence to show for anything that was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof ApiProblem ? error.message : UNREACHABLE;
}
