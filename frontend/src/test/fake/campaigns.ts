/** The fake API of campaigns, their reports and recipients, and the rules of the business. */
import { HttpResponse, http, type PathParams } from "msw";
import type { Schemas } from "@/lib/api/client";
import { momentOf } from "@/lib/time-zone";
import { guarded, MISSING, paged, problem, state } from "./base";
import { campaign, type Recipient, step } from "./db";
import { idOf, person } from "./people";

function findCampaign(params: PathParams) {
  return state.db.campaigns.find((one) => one.id === params.id);
}

function failure(values: Partial<Schemas["FailureCount"]>): Schemas["FailureCount"] {
  return {
    code: 131026,
    title: "Message undeliverable",
    count: 1,
    cause: "The phone is not on WhatsApp.",
    whose: "customer",
    done: "Parley marked the contact.",
    next_step: "Reach them in another way.",
    is_retryable: false,
    ...values,
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
    skips: one.states.skipped
      ? [
          {
            reason: "opted_out",
            title: "Opted out",
            next_step: "They get messages again only if they ask for it.",
            count: one.states.skipped - 5,
          },
          {
            reason: "missing_variable",
            title: "A variable has no value",
            next_step: "Fill the contact's field, or give the variable a fallback.",
            count: 5,
          },
        ]
      : [],
    differences: [],
    retries: [],
    recounting: null,
    skipped: one.states.skipped ? { opted_out: one.states.skipped - 5, missing_variable: 5 } : {},
    failed: failed
      ? [
          failure({ count: failed - few }),
          failure({
            code: 131049,
            title: "Held back by WhatsApp",
            count: few,
            whose: "meta",
            cause: "They got many marketing messages.",
            done: "Parley waits a day with them.",
            next_step: "Try again tomorrow.",
            is_retryable: true,
          }),
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

/** What was asked of the API, for tests to look at. */
export const asked: { tests: string[][]; retries: Schemas["CampaignRetry"][] } = {
  tests: [],
  retries: [],
};

const changes = [
  http.post(
    "*/api/campaigns/:id/schedule",
    guarded(async ({ params, request }) => {
      const one = findCampaign(params);
      if (!one) return MISSING();
      const { at, time_zone } = (await request.json()) as Schemas["CampaignSchedule"];
      const zone = time_zone ?? "UTC";
      const moment = momentOf(at, zone);
      if (!moment || moment.getTime() < Date.now()) {
        return problem(422, "schedule_invalid", "The time is past.", [
          { field: "at", message: "The time is past. Give a later one." },
        ]);
      }
      one.state = "scheduled";
      one.schedule = { at, time_zone: zone, starts_at: moment.toISOString(), note: null };
      return HttpResponse.json(one);
    }),
  ),
  http.delete(
    "*/api/campaigns/:id/schedule",
    guarded(({ params }) => {
      const one = findCampaign(params);
      if (!one) return MISSING();
      one.state = "draft";
      one.schedule = null;
      return HttpResponse.json(one);
    }),
  ),
  http.post(
    "*/api/campaigns/:id/test",
    guarded(async ({ request }) => {
      const { phones = [] } = (await request.json()) as Schemas["CampaignTest"];
      const wrong = phones.findIndex((phone) => phone.length < 8);
      if (wrong >= 0) {
        return problem(422, "recipient_invalid", "Too short.", [
          { field: `phones.${wrong}`, message: "Too short to be a phone number." },
        ]);
      }
      asked.tests.push(phones);
      return HttpResponse.json({
        items: phones.map((to, index) => ({
          to,
          contact_id: null,
          state: index === 0 ? "accepted" : "skipped",
          why: index === 0 ? null : "opted_out",
        })),
      });
    }),
  ),
  http.post(
    "*/api/campaigns/:id/retry",
    guarded(async ({ params, request }) => {
      const one = findCampaign(params);
      if (!one) return MISSING();
      asked.retries.push((await request.json()) as Schemas["CampaignRetry"]);
      one.state = "planning";
      one.retries += 1;
      return HttpResponse.json(one);
    }),
  ),
  http.get(
    "*/api/campaign-rules",
    guarded(() => HttpResponse.json(state.db.rules)),
  ),
  http.put(
    "*/api/campaign-rules",
    guarded(async ({ request }) => {
      state.db.rules = (await request.json()) as Schemas["CampaignRulesOut"];
      return HttpResponse.json(state.db.rules);
    }),
  ),
];

export const campaigns = [
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
  http.get(
    "*/api/campaigns/:id/costs",
    guarded(() =>
      HttpResponse.json({
        estimate: null,
        actual: null,
        recounted_at: null,
      } satisfies Schemas["CampaignCosts"]),
    ),
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
      const is = (name: string, value: unknown) => {
        const wanted = url.searchParams.get(name);
        return wanted === null || wanted === String(value);
      };
      return paged(
        recipients(one).filter(
          (row) =>
            is("state", row.state) &&
            is("error_code", row.error_code) &&
            is("reason", row.reason) &&
            is("answered", row.answered) &&
            is("search", row.to),
        ),
        url,
      );
    }),
  ),
  ...changes,
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
