/** The fake API of numbers and accounts. */
import { HttpResponse, http } from "msw";
import type { Schemas } from "@/lib/api/client";
import type { Db } from "./db";
import type { problem as Problem, Resolver } from "./handlers";
import { numberOf } from "./number-rows";

interface Tools {
  guarded: (resolve: Resolver) => Parameters<typeof http.get>[1];
  paged: <T>(items: readonly T[], url: URL) => Response;
  problem: typeof Problem;
  missing: () => Response;
  db: () => Db;
}

export function numberHandlers({ guarded, paged, problem, missing, db }: Tools) {
  const find = (id: unknown) => db().numbers.find((one) => one.id === id);
  return [
    http.get(
      "*/api/accounts",
      guarded(({ url }) => paged(db().accounts, url)),
    ),
    http.post(
      "*/api/accounts/:id/sync",
      guarded(() =>
        HttpResponse.json({ numbers: db().numbers.map((one) => ({ ...one, pin: null })) }),
      ),
    ),
    http.get(
      "*/api/numbers",
      guarded(({ url }) => paged(db().numbers, url)),
    ),
    http.post(
      "*/api/numbers",
      guarded(async ({ request }) => {
        const body = (await request.json()) as Schemas["NumberConnect"];
        if (body.access_token === "expired") {
          return problem(422, "token_refused", "Meta refuses the access token.", [
            { field: "access_token", message: "Meta refuses it: Session has expired (190)." },
          ]);
        }
        const { phone_number_id, waba_id } = body;
        const known = db().numbers.find((one) => one.phone_number_id === phone_number_id);
        const number = numberOf(3, { phone_number_id, waba_id });
        if (known) Object.assign(known, { state: "green", problems: [], token_error: null });
        else db().numbers.push(number);
        return HttpResponse.json(known ?? number, { status: 201 });
      }),
    ),
    http.get(
      "*/api/numbers/signup-config",
      guarded(() =>
        HttpResponse.json({
          is_available: false,
          app_id: "",
          config_id: null,
          graph_version: "v26.0",
        } satisfies Schemas["SignupConfigOut"]),
      ),
    ),
    http.get(
      "*/api/numbers/:id",
      guarded(({ params }) => {
        const row = find(params.id);
        const allowance = { limit: 1000, used: 120, remaining: 880 };
        return row ? HttpResponse.json({ ...row, allowance }) : missing();
      }),
    ),
    http.delete(
      "*/api/numbers/:id",
      guarded(({ params }) => {
        const row = find(params.id);
        if (!row) return missing();
        db().numbers.splice(db().numbers.indexOf(row), 1);
        return HttpResponse.json({ id: row.id, is_unsubscribed: false, is_deregistered: false });
      }),
    ),
    http.post(
      "*/api/numbers/:id/register",
      guarded(async ({ params, request }) => {
        const row = find(params.id);
        if (!row) return missing();
        const { pin } = (await request.json()) as Schemas["NumberRegister"];
        if (pin === "000000") {
          return problem(422, "pin_refused", "The PIN is wrong.", [
            { field: "pin", message: "The PIN is not the number's." },
          ]);
        }
        const setup = row.setup.map((step) => ({ ...step, state: "done" as const }));
        Object.assign(row, { setup, state: "green", problems: [], status: "CONNECTED" });
        return HttpResponse.json({ ...row, pin: pin ? null : "482913" });
      }),
    ),
    http.get(
      "*/api/numbers/:id/profile",
      guarded(() => HttpResponse.json(db().profile)),
    ),
    http.patch(
      "*/api/numbers/:id/profile",
      guarded(async ({ request }) => {
        Object.assign(db().profile, await request.json());
        return HttpResponse.json(db().profile);
      }),
    ),
  ];
}
