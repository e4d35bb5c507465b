/** What the routes of the fake API share: its memory, who is signed in, pages and problems. */
import { HttpResponse, type PathParams } from "msw";
import type { Schemas } from "@/lib/api/client";
import { createDb, type Db } from "./db";
import { idOf } from "./people";

/** Begins again with the first memory. */
export function resetFake(isSignedIn: boolean): void {
  state.db = createDb();
  state.token = 1;
  state.isSignedIn = isSignedIn;
  state.permissions = PERMISSIONS;
}

export function problem(
  status: number,
  code: string,
  detail: string,
  errors?: { field: string; message: string }[],
) {
  const body = {
    type: "about:blank",
    title: code,
    status,
    detail,
    code,
    request_id: "req-1",
    errors,
  };
  return HttpResponse.json(body, {
    status,
    headers: { "Content-Type": "application/problem+json" },
  });
}

export const USER: Schemas["UserOut"] = {
  id: idOf("usr", 1),
  name: "Meera Nair",
  email: "demo@parley.example",
  role: "owner",
  state: "active",
  is_email_verified: true,
  has_second_factor: false,
};

export const COLLEAGUE: Schemas["UserOut"] = {
  ...USER,
  id: idOf("usr", 2),
  name: "Ravi Rao",
  email: "ravi@parley.example",
  role: "agent",
};
export const TENANT: Schemas["TenantOut"] = {
  id: idOf("ten", 1),
  name: "Lotus Books",
  country: "IN",
  slug: "lotus-books",
  suspension: null,
};
export const PERMISSIONS = [
  "contacts",
  "templates",
  "campaigns",
  "conversations",
  "numbers",
  "media",
  "analytics",
  "users",
  "api_keys",
  "tenant",
]
  .flatMap((resource) => [`${resource}:read`, `${resource}:write`])
  .concat("audit:read", "conversations:all", "conversations:unassigned", "contacts:erase");

export const state: { db: Db; token: number; isSignedIn: boolean; permissions: string[] } = {
  db: createDb(),
  token: 1,
  isSignedIn: false,
  permissions: PERMISSIONS,
};

export function session(): Schemas["SessionOut"] {
  return {
    access_token: `token-${state.token}`,
    token_type: "Bearer",
    expires_in_s: 900,
    user: USER,
    tenant: TENANT,
  };
}

/** Answers 401 unless the request carries the newest token. */
function refusal(request: Request) {
  const isRight = request.headers.get("Authorization") === `Bearer token-${state.token}`;
  return isRight ? null : problem(401, "token_expired", "The access token has expired.");
}

export type Resolver = (input: {
  request: Request;
  params: PathParams;
  url: URL;
}) => Response | Promise<Response>;

export function guarded(resolve: Resolver) {
  return ({ request, params }: { request: Request; params: PathParams }) =>
    refusal(request) ?? resolve({ request, params, url: new URL(request.url) });
}

export function paged<T>(items: readonly T[], url: URL) {
  const limit = Number(url.searchParams.get("limit") ?? 50);
  const from = Number(url.searchParams.get("cursor") ?? 0);
  const next = from + limit < items.length ? String(from + limit) : null;
  return HttpResponse.json({ items: items.slice(from, from + limit), next_cursor: next });
}

export const MISSING = () => problem(404, "not_found", "There is no such thing in this account.");
