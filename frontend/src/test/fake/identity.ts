/** The fake API of accounts, the team, API keys, the business and the audit trail. */
import { HttpResponse, http } from "msw";
import type { Schemas } from "@/lib/api/client";
import {
  COLLEAGUE,
  guarded,
  MISSING,
  PERMISSIONS,
  paged,
  problem,
  session,
  TENANT,
  USER,
} from "./base";
import { idOf } from "./people";

const HOUR_MS = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString();

/** What the fake takes for right, and what it took: tests look at it. */
export const PASSWORD = "parley-demo"; // pragma: allowlist secret
export const CODE = "123456";
export const SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"; // pragma: allowlist secret
export const RECOVERY = Array.from({ length: 10 }, (_, index) => `k3f9-x2mv-q7da-${1000 + index}`);

const BUILT_IN: Schemas["Role"][] = [
  { name: "owner", permissions: PERMISSIONS, is_built_in: true },
  {
    name: "admin",
    permissions: PERMISSIONS.filter((one) => one !== "tenant:write"),
    is_built_in: true,
  },
  { name: "agent", permissions: ["conversations:read", "users:read"], is_built_in: true },
];

function first() {
  return {
    user: { ...USER },
    team: [
      { ...COLLEAGUE },
      {
        ...COLLEAGUE,
        id: idOf("usr", 3),
        name: "",
        email: "new@parley.example",
        state: "invited",
        is_email_verified: false,
      },
    ] as Schemas["UserOut"][],
    roles: [] as Schemas["Role"][],
    sessions: [
      ["1", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36", true],
      ["2", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Mobile Safari/604.1", false],
      ["3", "curl/8.5.0", false],
    ].map(([id, user_agent, is_current]) => ({
      id: `ses_${id}`,
      user_agent,
      is_current,
      source_ip: `203.0.113.${id}`,
      created_at: ago(50),
      last_used_at: ago(Number(id)),
    })) as Schemas["SessionItem"][],
    keys: [
      {
        id: idOf("key", 1),
        name: "Web shop",
        scopes: ["contacts:read", "contacts:write", "conversations:read"],
        networks: ["203.0.113.0/24"],
        created_by: USER.id,
        created_at: ago(900),
        expires_at: ago(-900),
        last_used_at: ago(1),
      },
    ] as Schemas["ApiKeyOut"][],
    business: {
      ...TENANT,
      time_zone: "Asia/Kolkata",
      language: null,
      contact_email: null,
      plan: "growth",
      created_at: ago(9000),
      version: 3,
    } as Schemas["TenantDetails"],
    deletion: null as Schemas["DeletionOut"] | null,
    /** The bodies of changes, by route. */
    asked: [] as { route: string; body: unknown }[],
  };
}

export const identity = { ...first() };

export function resetIdentity(): void {
  Object.assign(identity, first());
}

/** Reads a body and keeps it for tests to look at. */
async function take<T>(route: string, request: Request): Promise<T> {
  const body = (await request.json()) as T;
  identity.asked.push({ route, body });
  return body;
}

const WRONG = () => problem(401, "wrong_credentials", "The password is wrong.");
const OVER = () =>
  problem(422, "link_expired", "This link has expired or was used; ask for a new one.");
const NO_CONTENT = () => new HttpResponse(null, { status: 204 });

const links = [
  http.post("*/api/auth/links", async ({ request }) => {
    await take("links", request);
    return NO_CONTENT();
  }),
  http.post("*/api/auth/password/reset", async ({ request }) => {
    const { token } = await take<{ token: string }>("reset", request);
    return token === "used" ? OVER() : NO_CONTENT();
  }),
  http.post("*/api/auth/verify-email", async ({ request }) => {
    const { token } = await take<{ token: string }>("verify", request);
    return token === "used" ? OVER() : NO_CONTENT();
  }),
  http.post("*/api/auth/join", async ({ request }) => {
    const { token, name } = await take<{ token: string; name: string }>("join", request);
    if (token === "used") return OVER();
    return HttpResponse.json({ ...session(), user: { ...USER, name } }, { status: 201 });
  }),
];

const account = [
  http.patch(
    "*/api/auth/me",
    guarded(async ({ request }) => {
      Object.assign(identity.user, await take<{ name: string }>("me", request));
      return HttpResponse.json(identity.user);
    }),
  ),
  http.get(
    "*/api/auth/sessions",
    guarded(() => HttpResponse.json({ items: identity.sessions })),
  ),
  http.delete(
    "*/api/auth/sessions/:id",
    guarded(({ params }) => {
      identity.sessions = identity.sessions.filter(({ id }) => id !== params.id);
      return NO_CONTENT();
    }),
  ),
  http.post(
    "*/api/auth/password",
    guarded(async ({ request }) => {
      const body = await take<Schemas["PasswordChange"]>("password", request);
      if (body.current_password !== PASSWORD) return WRONG();
      identity.sessions = identity.sessions.filter((one) => one.is_current);
      return HttpResponse.json(session());
    }),
  ),
  http.post(
    "*/api/auth/totp",
    guarded(async ({ request }) => {
      const { password } = (await request.json()) as { password: string };
      if (password !== PASSWORD) return WRONG();
      const uri = `otpauth://totp/Parley:demo%40parley.example?secret=${SECRET}&issuer=Parley`;
      return HttpResponse.json({ secret: SECRET, uri });
    }),
  ),
  http.put(
    "*/api/auth/totp",
    guarded(async ({ request }) => {
      const { is_enabled, code } = (await request.json()) as Schemas["TotpChange"];
      if (code !== CODE)
        return problem(422, "wrong_code", "code: it is wrong, or was used before.");
      identity.user.has_second_factor = is_enabled;
      return HttpResponse.json({ is_enabled, recovery_codes: is_enabled ? RECOVERY : [] });
    }),
  ),
];

const everybody = () => [identity.user, ...identity.team];

const team = [
  http.get(
    "*/api/users",
    guarded(({ url }) => paged(everybody(), url)),
  ),
  http.post(
    "*/api/users",
    guarded(async ({ request }) => {
      const { email, role } = await take<Schemas["UserInvite"]>("invite", request);
      if (everybody().some((one) => one.email === email)) {
        return problem(409, "already_member", "This e-mail is in the team already.");
      }
      const user: Schemas["UserOut"] = {
        ...COLLEAGUE,
        id: idOf("usr", 10 + identity.asked.length),
        name: "",
        email,
        role,
        state: "invited",
      };
      identity.team.push(user);
      return HttpResponse.json(user, { status: 201 });
    }),
  ),
  http.patch(
    "*/api/users/:id",
    guarded(async ({ request, params }) => {
      const user = everybody().find(({ id }) => id === params.id);
      if (!user) return MISSING();
      return HttpResponse.json(Object.assign(user, await take("role", request)));
    }),
  ),
  http.delete(
    "*/api/users/:id",
    guarded(({ params }) => {
      identity.team = identity.team.filter(({ id }) => id !== params.id);
      return NO_CONTENT();
    }),
  ),
  http.get(
    "*/api/roles",
    guarded(() => HttpResponse.json({ items: [...BUILT_IN, ...identity.roles] })),
  ),
  http.put(
    "*/api/roles",
    guarded(async ({ request }) => {
      const { items } = await take<Schemas["RolesWrite"]>("roles", request);
      identity.roles = items.map((one) => ({ ...one, is_built_in: false }));
      return HttpResponse.json({ items: [...BUILT_IN, ...identity.roles] });
    }),
  ),
];

const keys = [
  http.get(
    "*/api/api-keys",
    guarded(({ url }) => paged(identity.keys, url)),
  ),
  http.post(
    "*/api/api-keys",
    guarded(async ({ request }) => {
      const body = await take<Schemas["ApiKeyCreate"]>("keys", request);
      const made: Schemas["ApiKeyOut"] = {
        id: idOf("key", 100 + identity.asked.length),
        name: body.name,
        scopes: body.scopes,
        networks: body.networks ?? [],
        expires_at: body.expires_at ?? null,
        created_by: USER.id,
        created_at: ago(0),
        last_used_at: null,
      };
      identity.keys.unshift(made);
      return HttpResponse.json({ ...made, key: "pk_abc_def_ghi" }, { status: 201 });
    }),
  ),
  http.delete(
    "*/api/api-keys/:id",
    guarded(({ params }) => {
      identity.keys = identity.keys.filter(({ id }) => id !== params.id);
      return NO_CONTENT();
    }),
  ),
];

function usage(used: number, limit: number | null): Schemas["Usage"] {
  return { used, limit, remaining: limit === null ? null : limit - used };
}

const business = [
  http.get(
    "*/api/tenants/current",
    guarded(() => HttpResponse.json(identity.business)),
  ),
  http.patch(
    "*/api/tenants/current",
    guarded(async ({ request }) => {
      if (request.headers.get("If-Match") !== `"${identity.business.version}"`) {
        return problem(
          412,
          "precondition_failed",
          "Somebody else changed this business meanwhile.",
        );
      }
      Object.assign(identity.business, await take("business", request));
      identity.business.version += 1;
      return HttpResponse.json(identity.business);
    }),
  ),
  http.get(
    "*/api/tenants/usage",
    guarded(() =>
      HttpResponse.json({
        plan: "growth",
        contacts: usage(9_400, 10_000),
        messages_per_day: usage(1_250, 10_000),
        users: usage(3, 3),
        numbers: usage(1, null),
        api_keys: usage(1, 20),
        campaigns: usage(2, 5),
        day_ends_at: ago(-6),
      } satisfies Schemas["TenantUsage"]),
    ),
  ),
  http.get(
    "*/api/tenants/deletion",
    guarded(() => (identity.deletion ? HttpResponse.json(identity.deletion) : MISSING())),
  ),
  http.post(
    "*/api/tenants/deletion",
    guarded(async ({ request }) => {
      const { password } = await take<Schemas["TenantDeletion"]>("deletion", request);
      if (password !== PASSWORD) return WRONG();
      identity.deletion = {
        state: "requested",
        requested_at: ago(0),
        requested_by: USER.id,
        due_at: ago(-24 * 30),
      };
      return HttpResponse.json(identity.deletion, { status: 202 });
    }),
  ),
  http.delete(
    "*/api/tenants/deletion",
    guarded(() => {
      identity.deletion = null;
      return NO_CONTENT();
    }),
  ),
];

const ACTIONS = ["update_contact", "invite_user", "launch_campaign", "update_current_tenant"];

/** A chain of eight records, the newest first. */
const records: Schemas["AuditRecord"][] = Array.from({ length: 8 }, (_, index) => {
  const sequence = 8 - index;
  return {
    id: idOf("aud", sequence),
    sequence,
    at: ago(index * 5),
    actor_id: index === 3 ? idOf("key", 1) : index % 2 ? COLLEAGUE.id : USER.id,
    role: "owner",
    source_ip: "203.0.113.7",
    user_agent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0",
    request_id: `req-${sequence}`,
    action: ACTIONS[index % ACTIONS.length] ?? "",
    route: "PATCH /api/contacts/{contact_id}",
    targets: { contact_id: idOf("con", 1) },
    made_id: null,
    outcome: index === 2 ? "failed" : "done",
    status: index === 2 ? 409 : 200,
    before: { name: "Asha Rao", tags: ["vip"] },
    after: { name: "Asha Rao-Iyer", tags: ["vip"] },
    details_erased: index === 5,
    previous_hash: `hash-${sequence - 1}`,
    hash: `hash-${sequence}`,
  };
});

const trail = [
  http.get(
    "*/api/audit",
    guarded(({ url }) => {
      const wanted = (name: string) => url.searchParams.get(name);
      return paged(
        records.filter(
          (one) =>
            [null, one.actor_id].includes(wanted("actor_id")) &&
            [null, one.action].includes(wanted("action")) &&
            [null, one.outcome].includes(wanted("outcome") as typeof one.outcome),
        ),
        url,
      );
    }),
  ),
  http.get(
    "*/api/audit/export",
    guarded(({ url }) => {
      const isFirst = url.searchParams.get("cursor") === null;
      const headers = { "Content-Type": "text/plain" };
      return new HttpResponse(`sequence,at\r\n${isFirst ? "8,now" : "7,before"}\r\n`, {
        headers: isFirst
          ? { ...headers, Link: '</api/audit/export?cursor=next>; rel="next"' }
          : headers,
      });
    }),
  ),
];

export const identityHandlers = [...links, ...account, ...team, ...keys, ...business, ...trail];
