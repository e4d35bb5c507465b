/** The typed client of the API, made from its OpenAPI document: signs requests, renews the session. */
import createClient, { type Middleware } from "openapi-fetch";
import { ApiProblem, toProblem, UNREACHABLE } from "./problem";
import { refreshSession } from "./refresh";
import type { components, paths } from "./schema";
import { accessToken, endSession } from "./session";

export type Schemas = components["schemas"];

/** These are for whoever is not signed in, or has the cookie alone. */
const WITHOUT_TOKEN =
  /^\/api\/auth\/(login|logout|refresh|register(\/confirm)?|links|password\/reset|verify-email|join)$/;

/** A 401 for what the person typed, not for an old token: another token would not help, and would cost an attempt. */
const ABOUT_WHAT_WAS_TYPED = new Set(["wrong_credentials", "wrong_code", "second_factor_required"]);

async function isAboutToken(response: Response): Promise<boolean> {
  if (response.status !== 401) return false;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return !ABOUT_WHAT_WAS_TYPED.has(toProblem(response, body).code);
}

// A Request whose body was sent cannot be sent again, so a copy waits for the answer.
const copies = new Map<string, Request>();

const signing: Middleware = {
  onRequest({ request, id, schemaPath }) {
    if (WITHOUT_TOKEN.test(schemaPath)) return;
    const token = accessToken();
    if (token) request.headers.set("Authorization", `Bearer ${token}`);
    copies.set(id, request.clone());
  },

  async onResponse({ response, id }) {
    const copy = copies.get(id);
    copies.delete(id);
    if (!copy || !(await isAboutToken(response))) return;
    const used = copy.headers.get("Authorization")?.slice("Bearer ".length) ?? null;
    const token = await refreshSession(used);
    if (token === null) return;
    copy.headers.set("Authorization", `Bearer ${token}`);
    const second = await globalThis.fetch(copy);
    if (await isAboutToken(second)) endSession(false);
    return second;
  },

  onError({ id, error }) {
    copies.delete(id);
    if (error instanceof ApiProblem) return error;
    return new ApiProblem(0, "unreachable", UNREACHABLE);
  },
};

export const api = createClient<paths>({
  baseUrl: location.origin,
  // openapi-fetch keeps the fetch it finds at creation; asking late lets tests stand in for it.
  fetch: (request) => globalThis.fetch(request),
});
api.use(signing);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Returns an answer's data; throws ApiProblem for every other answer. */
export async function taken<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok || data === undefined) throw toProblem(response, error);
  return data;
}

/** Waits for an answer that has no body; throws ApiProblem when it is an error. */
export async function done(answer: Promise<Answer<unknown>>): Promise<void> {
  const { error, response } = await answer;
  if (!response.ok) throw toProblem(response, error);
}

/** The query of one page of a list; the first page has no cursor. */
export function onPage(cursor: string | null, limit = 50): { limit: number; cursor?: string } {
  return cursor === null ? { limit } : { limit, cursor };
}
