/** The fake API of exports: each is written in two looks at it. */
import { HttpResponse, http } from "msw";
import type { Schemas } from "@/lib/api/client";
import { guarded, MISSING, problem, state } from "./base";
import { idOf } from "./people";

const HOUR_MS = 3_600_000;

/** The bodies of the requests, for tests to look at. */
export const exported: unknown[] = [];

function start(body: unknown, filename: string) {
  exported.push(body);
  const one: Schemas["ExportOut"] = {
    id: idOf("exp", state.db.exports.size + 1),
    kind: "contacts",
    campaign_id: null,
    state: "queued",
    rows: 0,
    looked_at: 0,
    total: null,
    size_bytes: null,
    filename,
    url: null,
    url_expires_at: null,
    error: null,
    created_at: new Date().toISOString(),
    completed_at: null,
    expires_at: new Date(Date.now() + 24 * 7 * HOUR_MS).toISOString(),
  };
  state.db.exports.set(one.id, one);
  return HttpResponse.json(one, { status: 202 });
}

function look(id: unknown) {
  const one = state.db.exports.get(String(id));
  if (!one) return MISSING();
  if (one.state === "queued") one.state = "running";
  else {
    one.state = "completed";
    one.rows = 120;
    one.size_bytes = 12_345;
    one.url = "https://files.parley.example/export.csv";
    one.url_expires_at = new Date(Date.now() + HOUR_MS).toISOString();
  }
  return HttpResponse.json(one);
}

export const exportHandlers = [
  http.post(
    "*/api/contacts/exports",
    guarded(async ({ request }) => start(await request.json(), "contacts.csv")),
  ),
  http.get(
    "*/api/contacts/exports/:export",
    guarded(({ params }) => look(params.export)),
  ),
  http.post(
    "*/api/campaigns/:id/exports",
    guarded(async ({ request }) => {
      const body = (await request.json()) as Schemas["RecipientsExport"];
      if (body.filters?.state?.includes("queued")) {
        return problem(409, "campaign_state", "The campaign has no recipients yet.");
      }
      return start(body, "recipients.csv");
    }),
  ),
  http.get(
    "*/api/campaigns/:id/exports/:export",
    guarded(({ params }) => look(params.export)),
  ),
];
