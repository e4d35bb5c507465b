/** The API of routes and problems over the fake's memory, for tests and for `npm run dev:offline`. */
import { HttpResponse, http, type PathParams } from "msw";
import type { Schemas } from "@/lib/api/client";
import { COLLEAGUE, guarded, MISSING, paged, problem, session, state, TENANT, USER } from "./base";
import { conversations } from "./conversations";
import { campaign, type Recipient, step } from "./db";
import { numberHandlers } from "./numbers";
import { idOf, person } from "./people";
import { templateHandlers } from "./templates";

export type { Resolver } from "./base";
export { problem, resetFake, session, state } from "./base";

const auth = [
  http.post("*/api/auth/login", async ({ request }) => {
    const { password } = (await request.json()) as { password: string };
    if (password.length < 4) {
      return problem(401, "wrong_credentials", "The e-mail or the password is wrong.");
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
  http.get(
    "*/api/users",
    guarded(({ url }) => paged([USER, COLLEAGUE], url)),
  ),
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
      HttpResponse.json({ user: USER, tenant: TENANT, permissions: state.permissions }),
    ),
  ),
];

function findCampaign(params: PathParams) {
  return state.db.campaigns.find((one) => one.id === params.id);
}

function failure(code: number, title: string, count: number): Schemas["FailureCount"] {
  return {
    code,
    title,
    count,
    cause: "WhatsApp did not deliver it.",
    whose: "customer",
    done: "Parley sends it no more.",
    next_step: "Nothing to do.",
    is_retryable: false,
  };
}

function report(params: PathParams) {
  const one = findCampaign(params);
  if (!one) return MISSING();
  const failed = one.states.failed ?? 0;
  const few = Math.floor(failed / 4);
  return HttpResponse.json({
    campaign_id: one.id,
    state: one.state,
    audience: one.audience,
    states: one.states,
    skips: [],
    differences: [],
    recounting: null,
    skipped: one.states.skipped ? { opted_out: one.states.skipped - 5, missing_variable: 5 } : {},
    failed: failed
      ? [
          failure(131026, "Message undeliverable", failed - few),
          failure(131049, "Not delivered to keep the ecosystem healthy", few),
        ]
      : [],
    answered: one.answered,
    reconciled: true,
    counter_drift: {},
    recounted_at: new Date().toISOString(),
    launched_at: one.launched_at,
    sending_finished_at: one.completed_at,
  } satisfies Schemas["ReportOut"]);
}

function recipients(one: Schemas["CampaignOut"]): Recipient[] {
  return Object.entries(one.states).flatMap(([name, count], group) =>
    Array.from({ length: Math.min(count, 70) }, (_, index): Recipient => {
      const who = person(index + group * 70);
      const at = new Date().toISOString();
      const isSkipped = name === "skipped";
      return {
        contact_id: who.id,
        message_id: isSkipped ? null : idOf("msg", 5000 + index + group * 70),
        to: who.phone ?? "",
        name: who.name,
        country: who.country,
        reason_title: null,
        next_step: null,
        failure: null,
        answered: false,
        answered_at: null,
        charge: null,
        state: name as Recipient["state"],
        reason: isSkipped ? "opted_out" : name === "failed" ? "Message undeliverable" : null,
        error_code: name === "failed" ? 131026 : null,
        accepted_at: isSkipped || name === "queued" ? null : at,
        sent_at: null,
        delivered_at: null,
        read_at: null,
        failed_at: null,
      };
    }),
  );
}

const AFTER = {
  launch: "running",
  pause: "paused",
  resume: "running",
  cancel: "cancelled",
} as const;

const campaigns = [
  http.get(
    "*/api/campaigns",
    guarded(({ url }) => {
      for (const one of state.db.campaigns) step(one);
      return paged(state.db.campaigns, url);
    }),
  ),
  http.post(
    "*/api/campaigns",
    guarded(async ({ request }) => {
      const body = (await request.json()) as Schemas["CampaignCreate"];
      if (body.name === "Taken") {
        return problem(422, "invalid", "The name is in use.", [
          { field: "name", message: "Another campaign has this name." },
        ]);
      }
      const one = campaign(Date.now() % 100_000, { name: body.name, state: "draft" });
      state.db.campaigns.unshift(one);
      return HttpResponse.json(one, { status: 201 });
    }),
  ),
  http.get(
    "*/api/campaigns/:id",
    guarded(({ params }) => {
      const one = findCampaign(params);
      if (!one) return MISSING();
      step(one);
      return HttpResponse.json(one);
    }),
  ),
  http.get(
    "*/api/campaigns/:id/report",
    guarded(({ params }) => report(params)),
  ),
  http.post(
    "*/api/campaigns/:id/reconcile",
    guarded(({ params }) => report(params)),
  ),
  http.get(
    "*/api/campaigns/:id/recipients",
    guarded(({ params, url }) => {
      const one = findCampaign(params);
      if (!one) return MISSING();
      const wanted = url.searchParams.get("state");
      return paged(
        recipients(one).filter((row) => !wanted || row.state === wanted),
        url,
      );
    }),
  ),
  http.post(
    "*/api/campaigns/:id/:action",
    guarded(({ params }) => {
      const one = findCampaign(params);
      if (!one) return MISSING();
      one.state = AFTER[params.action as keyof typeof AFTER];
      one.state_reason = null;
      if (params.action === "launch") {
        one.audience = 130;
        one.states = { ...one.states, queued: 122, skipped: 8 };
        one.launched_at = new Date().toISOString();
      }
      return HttpResponse.json(one);
    }),
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
  ...campaigns,
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
