/** The client renews a session once for all that wait, and sends again what was refused. */
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { problem, resetFake, session, state } from "@/test/fake/handlers";
import { server } from "@/test/server";
import { api, done, onPage, taken } from "./client";
import { ApiProblem } from "./problem";
import { ensureSession } from "./refresh";
import { endSession, startSession, useSession } from "./session";

function countRefreshes(): () => number {
  let count = 0;
  server.events.on("request:start", ({ request }) => {
    if (request.url.endsWith("/api/auth/refresh")) count += 1;
  });
  return () => count;
}

/** The session as the page has it, and an API that has since moved on to another token. */
function expire(): void {
  startSession(session());
  state.token += 1;
}

beforeEach(() => {
  server.events.removeAllListeners();
  resetFake(true);
  endSession(false);
});

describe("an expired access token", () => {
  it("is renewed once for ten requests at the same time, and all succeed", async () => {
    expire();
    const refreshes = countRefreshes();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => taken(api.GET("/api/auth/me"))),
    );
    expect(answers).toHaveLength(10);
    expect(refreshes()).toBe(1);
  });

  it("does not cost a POST its body", async () => {
    expire();
    const bodies: unknown[] = [];
    server.use(
      http.post("*/api/campaigns", async ({ request }) => {
        bodies.push(await request.json());
        const isFirst = bodies.length === 1;
        return isFirst ? problem(401, "token_expired", "Expired.") : HttpResponse.json({ id: "x" });
      }),
    );
    const body = {
      name: "Spring",
      number_id: "num_1",
      template_id: "tpl_1",
      audience: { type: "all" as const },
    };
    await taken(api.POST("/api/campaigns", { body }));
    expect(bodies).toEqual([body, body]);
  });

  it("does not cost a CSV import its bytes", async () => {
    expire();
    const file = new File([Uint8Array.of(0xef, 0xbb, 0xbf, 0x70)], "contacts.csv");
    const received: [string | null, number[]][] = [];
    server.use(
      http.post("*/api/contacts/imports", async ({ request }) => {
        const bytes = [...new Uint8Array(await request.arrayBuffer())];
        received.push([request.headers.get("Content-Type"), bytes]);
        const isFirst = received.length === 1;
        return isFirst
          ? problem(401, "token_expired", "Expired.")
          : HttpResponse.json({ id: "imp" }, { status: 202 });
      }),
    );
    await taken(
      api.POST("/api/contacts/imports", {
        body: file,
        bodySerializer: () => new Uint8Array([0xef, 0xbb, 0xbf, 0x70]),
        headers: { "Content-Type": "text/csv" },
      }),
    );
    expect(received).toEqual([
      ["text/csv", [0xef, 0xbb, 0xbf, 0x70]],
      ["text/csv", [0xef, 0xbb, 0xbf, 0x70]],
    ]);
  });

  it("ends the session when there is nothing to renew it with", async () => {
    expire();
    state.isSignedIn = false;
    await expect(taken(api.GET("/api/auth/me"))).rejects.toMatchObject({ status: 401 });
    expect(useSession.getState().status).toBe("signed-out");
  });

  it("keeps the session when the API could not answer the renewal", async () => {
    expire();
    server.use(http.post("*/api/auth/refresh", () => problem(503, "unavailable", "Not just now.")));
    await expect(taken(api.GET("/api/auth/me"))).rejects.toMatchObject({ code: "unavailable" });
    expect(useSession.getState().status).toBe("signed-in");
  });
});

describe("the first look for a session", () => {
  it("finds the one of the cookie, and asks only once", async () => {
    useSession.setState({ status: "unknown", session: null });
    const refreshes = countRefreshes();
    expect(await Promise.all([ensureSession(), ensureSession()])).toEqual([true, true]);
    expect(await ensureSession()).toBe(true);
    expect(refreshes()).toBe(1);
  });

  it("takes 204 for nobody being signed in", async () => {
    resetFake(false);
    useSession.setState({ status: "unknown", session: null });
    expect(await ensureSession()).toBe(false);
  });
});

describe("errors", () => {
  it("of a wrong password are not taken for an old token", async () => {
    const refreshes = countRefreshes();
    const body = { email: "a@b.example", password: "no" };
    await expect(taken(api.POST("/api/auth/login", { body }))).rejects.toMatchObject({
      code: "wrong_credentials",
      message: "The e-mail or the password is wrong.",
    });
    expect(refreshes()).toBe(0);
  });

  it("of the network become a sentence", async () => {
    startSession(session());
    server.use(http.get("*/api/auth/me", () => HttpResponse.error()));
    const error = await taken(api.GET("/api/auth/me")).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiProblem);
    expect(error).toMatchObject({ status: 0, isPassing: true });
  });

  it("of a proxy that speaks HTML become a sentence, too", async () => {
    server.use(
      http.post(
        "*/api/auth/logout",
        () => new HttpResponse("<h1>Bad gateway</h1>", { status: 502 }),
      ),
    );
    await expect(done(api.POST("/api/auth/logout"))).rejects.toMatchObject({
      status: 502,
      message: expect.stringContaining("502"),
    });
  });
});

it("asks for the first page without a cursor", () => {
  expect([onPage(null), onPage("abc", 10)]).toEqual([{ limit: 50 }, { limit: 10, cursor: "abc" }]);
});
