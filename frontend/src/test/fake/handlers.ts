/** The API of routes and problems over the fake's memory, for tests and for `npm run dev:offline`. */
import { HttpResponse, http } from "msw";
import type { Schemas } from "@/lib/api/client";
import {
  guarded,
  MISSING,
  paged,
  problem,
  resetFake as resetBase,
  session,
  state,
  TENANT,
} from "./base";
import { campaigns } from "./campaigns";
import { conversations } from "./conversations";
import { exportHandlers } from "./exports";
import { CODE, identity, identityHandlers, resetIdentity } from "./identity";
import { numberHandlers } from "./numbers";
import { idOf } from "./people";
import { segmentHandlers } from "./segments";
import { templateHandlers } from "./templates";

export type { Resolver } from "./base";
export { problem, session, state } from "./base";

/** Begins again with the first memory. */
export function resetFake(isSignedIn: boolean): void {
  resetBase(isSignedIn);
  resetIdentity();
}

const auth = [
  http.post("*/api/auth/login", async ({ request }) => {
    const { password, code } = (await request.json()) as { password: string; code?: string };
    if (password.length < 4) {
      return problem(401, "wrong_credentials", "The e-mail or the password is wrong.");
    }
    if (identity.user.has_second_factor && code === undefined) {
      return problem(401, "second_factor_required", "Send the code of your authenticator app.");
    }
    if (identity.user.has_second_factor && code !== CODE) {
      return problem(
        401,
        "wrong_code",
        "The code is wrong, or was used before; wait for the next one.",
      );
    }
    state.isSignedIn = true;
    return HttpResponse.json(session());
  }),
  http.post("*/api/auth/register", async ({ request }) => {
    const { email } = (await request.json()) as { email: string };
    if (email.endsWith("@nowhere.example")) {
      return problem(422, "validation_failed", "email: no mail can be sent there.", [
        { field: "email", message: "No mail can be sent there." },
      ]);
    }
    return HttpResponse.json({ email, expires_in_s: 86_400 }, { status: 202 });
  }),
  http.post("*/api/auth/register/confirm", async ({ request }) => {
    const { token } = (await request.json()) as { token: string };
    if (token === "used") {
      return problem(422, "link_expired", "This link has expired or was used; ask for a new one.");
    }
    state.isSignedIn = true;
    return HttpResponse.json(session(), { status: 201 });
  }),
  http.post("*/api/auth/refresh", () => {
    if (!state.isSignedIn) return new HttpResponse(null, { status: 204 });
    state.token += 1;
    return HttpResponse.json(session());
  }),
  http.post("*/api/auth/logout", () => {
    state.isSignedIn = false;
    return new HttpResponse(null, { status: 204 });
  }),
  http.get(
    "*/api/auth/me",
    guarded(() =>
      HttpResponse.json({
        user: identity.user,
        tenant: TENANT,
        permissions: state.permissions,
        deletion_due_at: identity.deletion?.due_at ?? null,
      }),
    ),
  ),
];

const contacts = [
  http.post(
    "*/api/contacts/imports",
    guarded(async ({ request }) => {
      const text = await request.text();
      const lines = text.split(/\r?\n/).filter(Boolean);
      if (!/phone/i.test(lines[0] ?? "")) {
        return problem(
          422,
          "no_phone_column",
          "The file has no phone column. Name one column “phone”.",
        );
      }
      const rows = lines.length - 1;
      const invalid = Math.min(rows, 3);
      const one: Schemas["ImportOut"] = {
        id: idOf("imp", Date.now() % 100_000),
        state: "running",
        rows_total: rows,
        rows_done: 0,
        created: 0,
        updated: 0,
        duplicate: 0,
        invalid: 0,
        columns: { Phone: "phone", "Full name": "name" },
        error: null,
        created_at: new Date().toISOString(),
        completed_at: null,
      };
      state.db.imports.set(one.id, {
        import: one,
        rows: Array.from({ length: invalid }, (_, index) => ({
          row: index + 2,
          outcome: "invalid",
          phone: "12345",
          contact_id: null,
          code: "not_a_phone",
          reason:
            "Too short to be a phone number. Write it with its country code, like +91 98765 43210.",
        })),
      });
      return HttpResponse.json(one, { status: 202 });
    }),
  ),
  http.get(
    "*/api/contacts/imports/:id",
    guarded(({ params }) => {
      const found = state.db.imports.get(String(params.id));
      if (!found) return MISSING();
      const one = found.import;
      one.rows_done = Math.min(one.rows_total, one.rows_done + Math.ceil(one.rows_total / 3));
      one.invalid = found.rows.length;
      one.created = one.rows_done - Math.min(one.rows_done, one.invalid);
      if (one.rows_done === one.rows_total) one.state = "completed";
      return HttpResponse.json(one);
    }),
  ),
  http.get(
    "*/api/contacts/imports/:id/rows",
    guarded(({ params, url }) => {
      const rows = state.db.imports.get(String(params.id))?.rows ?? [];
      const wanted = url.searchParams.get("outcome");
      return paged(
        rows.filter((row) => !wanted || row.outcome === wanted),
        url,
      );
    }),
  ),
  http.get(
    "*/api/contacts",
    guarded(({ url }) => {
      const prefix = (url.searchParams.get("name_prefix") ?? "").toLowerCase();
      return paged(
        state.db.contacts.filter((one) => one.name.toLowerCase().startsWith(prefix)),
        url,
      );
    }),
  ),
];

export const handlers = [
  ...auth,
  ...identityHandlers,
  ...exportHandlers,
  ...campaigns,
  ...segmentHandlers,
  ...contacts,
  ...conversations,
  ...templateHandlers({
    guarded,
    paged,
    problem,
    missing: MISSING,
    rows: () => state.db.templates,
  }),
  ...numberHandlers({ guarded, paged, problem, missing: MISSING, db: () => state.db }),
];
