/** The fake API of segments: saved in memory; a filter finds every third contact. */
import { HttpResponse, http } from "msw";
import type { Schemas } from "@/lib/api/client";
import { guarded, MISSING, paged, problem, state } from "./base";
import { idOf } from "./people";

const NOW = "2026-11-20T10:00:00Z";

export const segmentHandlers = [
  http.get(
    "*/api/segments",
    guarded(({ url }) => paged(state.db.segments, url)),
  ),
  http.post(
    "*/api/segments",
    guarded(async ({ request }) => {
      const body = (await request.json()) as Schemas["SegmentWrite"];
      if (body.name === "Taken") {
        return problem(422, "invalid", "The name is in use.", [
          { field: "name", message: "Another segment has this name." },
        ]);
      }
      const filter = body.filter as unknown as Schemas["SegmentOut"]["filter"];
      const id = idOf("seg", state.db.segments.length + 1);
      const one = { id, name: body.name, filter, created_at: NOW, updated_at: NOW };
      state.db.segments.unshift(one);
      return HttpResponse.json(one, { status: 201 });
    }),
  ),
  http.post(
    "*/api/segments/preview",
    guarded(() => {
      const found = state.db.contacts.filter((_, index) => index % 3 === 0);
      return HttpResponse.json({
        looked_at: state.db.contacts.length,
        matching: found.length,
        is_complete: true,
        sample: found.slice(0, 10),
      });
    }),
  ),
  http.get(
    "*/api/segments/:id",
    guarded(({ params }) => {
      const one = state.db.segments.find(({ id }) => id === params.id);
      return one ? HttpResponse.json(one) : MISSING();
    }),
  ),
  http.put(
    "*/api/segments/:id",
    guarded(async ({ params, request }) => {
      const one = state.db.segments.find(({ id }) => id === params.id);
      if (!one) return MISSING();
      const body = (await request.json()) as Schemas["SegmentWrite"];
      one.name = body.name;
      one.filter = body.filter as unknown as Schemas["SegmentOut"]["filter"];
      return HttpResponse.json(one);
    }),
  ),
  http.delete(
    "*/api/segments/:id",
    guarded(({ params }) => {
      state.db.segments = state.db.segments.filter(({ id }) => id !== params.id);
      return new HttpResponse(null, { status: 204 });
    }),
  ),
];
