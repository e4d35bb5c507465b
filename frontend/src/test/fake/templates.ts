/** The fake API of templates: enough of WhatsApp's rules to show a form at work. */
import { HttpResponse, http } from "msw";
import type { Schemas } from "@/lib/api/client";
import type { problem as Problem, Resolver } from "./handlers";
import { type TemplateRow, templateOf, textsOf } from "./template-rows";

interface Tools {
  guarded: (resolve: Resolver) => Parameters<typeof http.get>[1];
  paged: <T>(items: readonly T[], url: URL) => Response;
  problem: typeof Problem;
  missing: () => Response;
  rows: () => TemplateRow[];
}

type Parts = Record<string, unknown>[];

function check(body: Schemas["TemplateCheckRequest"]): Schemas["TemplateCheck"] {
  const parts = (body.components ?? []) as unknown as Parts;
  const texts = textsOf(parts);
  const problems: Schemas["TextProblem"][] = [];
  if (!body.template_id && !/^[a-z0-9_]+$/.test(body.name ?? "")) {
    problems.push({ field: "name", message: "A name is 1 to 512 lower-case letters." });
  }
  const at = parts.findIndex((part) => part.type === "BODY");
  if (texts.body === "" && body.category !== "AUTHENTICATION") {
    problems.push({ field: `components.${at}.text`, message: "Write the text of the body." });
  }
  if (/\{\{1\}\}\s*$/.test(texts.body)) {
    problems.push({
      field: `components.${at}.text`,
      message: "The text must not begin or end with a variable; put words there.",
    });
  }
  return { problems, warnings: [], preview: texts.preview, variables: texts.variables };
}

export function templateHandlers({ guarded, paged, problem, missing, rows }: Tools) {
  const find = (id: unknown) => rows().find((one) => one.id === id);
  return [
    http.get(
      "*/api/templates",
      guarded(({ url }) => {
        const wanted = (row: TemplateRow) =>
          (["name", "status", "category", "language"] as const).every((name) => {
            const value = url.searchParams.get(name);
            return value === null || row[name] === value;
          });
        return paged(rows().filter(wanted), url);
      }),
    ),
    http.post(
      "*/api/templates",
      guarded(async ({ request }) => {
        const body = (await request.json()) as Schemas["TemplateCreate"];
        const found = check(body).problems;
        if (found.length > 0) return problem(422, "template_invalid", "It breaks a rule.", found);
        const created = templateOf(700 + rows().length, {
          name: body.name,
          language: body.language,
          category: body.category,
          status: "PENDING",
          components: (body.components ?? []) as unknown as Parts,
        });
        rows().unshift(created);
        return HttpResponse.json(created, { status: 201 });
      }),
    ),
    http.post(
      "*/api/templates/validate",
      guarded(async ({ request }) =>
        HttpResponse.json(check((await request.json()) as Schemas["TemplateCheckRequest"])),
      ),
    ),
    http.post(
      "*/api/templates/sync",
      guarded(async ({ request }) => {
        const { cursor } = (await request.json()) as Schemas["TemplateSync"];
        const step = cursor
          ? { adopted: 0, updated: 1, unchanged: 1, vanished: 0, next_cursor: null }
          : { adopted: 2, updated: 0, unchanged: 1, vanished: 0, next_cursor: "1" };
        return HttpResponse.json(step satisfies Schemas["SyncOut"]);
      }),
    ),
    http.get(
      "*/api/templates/:id",
      guarded(({ params }) => {
        const row = find(params.id);
        return row ? HttpResponse.json(row) : missing();
      }),
    ),
    http.patch(
      "*/api/templates/:id",
      guarded(async ({ params, request }) => {
        const row = find(params.id);
        if (!row) return missing();
        const { components } = (await request.json()) as Schemas["TemplateEdit"];
        const parts = (components ?? []) as unknown as Parts;
        Object.assign(row, { status: "PENDING", components: parts, ...textsOf(parts) });
        return HttpResponse.json(row);
      }),
    ),
    http.delete(
      "*/api/templates/:id",
      guarded(({ params }) => {
        const row = find(params.id);
        if (!row) return missing();
        rows().splice(rows().indexOf(row), 1);
        return new HttpResponse(null, { status: 204 });
      }),
    ),
    http.post(
      "*/api/templates/:id/:action",
      guarded(({ params }) => {
        const row = find(params.id);
        if (!row) return missing();
        row.status = params.action === "archive" ? "ARCHIVED" : "APPROVED";
        row.pause = null;
        return HttpResponse.json(row);
      }),
    ),
  ];
}
