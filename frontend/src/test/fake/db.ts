/** The memory of the fake API: a business with contacts, campaigns and conversations. */
import type { Schemas } from "@/lib/api/client";
import { messageOf } from "./message";
import { createAccounts, createNumbers, createProfile } from "./number-rows";
import { answer, type Contact, idOf, person } from "./people";
import { createTemplates } from "./template-rows";

export type Campaign = Schemas["CampaignOut"];
export type Message = Schemas["MessageOut"];
export type Recipient = Schemas["Recipient"];

const NUMBER_ID = idOf("num", 1);
const TEMPLATE_ID = idOf("tpl", 1);
const MINUTE_MS = 60_000;

function ago(minutes: number): string {
  return new Date(Date.now() - minutes * MINUTE_MS).toISOString();
}

const EMPTY = {
  queued: 0,
  skipped: 0,
  claimed: 0,
  accepted: 0,
  held: 0,
  sent: 0,
  delivered: 0,
  read: 0,
  failed: 0,
  unknown: 0,
};

export function campaign(seed: number, values: Partial<Campaign>): Campaign {
  return {
    id: idOf("cmp", seed),
    name: "Spring opening",
    state: "completed",
    state_reason: null,
    number_id: NUMBER_ID,
    template_id: TEMPLATE_ID,
    audience: 0,
    audience_of: { type: "all" },
    variables: {},
    has_dry_run: false,
    states: { ...EMPTY },
    answered: 0,
    schedule: null,
    send_at: null,
    canary_percent: null,
    canary_wait_s: null,
    retries: 0,
    created_at: ago(120),
    launched_at: null,
    completed_at: null,
    rate_per_s: null,
    eta_s: null,
    forecast: null,
    ...values,
  };
}

export const LEDGER = {
  ...EMPTY,
  skipped: 42,
  accepted: 3,
  held: 0,
  sent: 18,
  delivered: 271,
  read: 634,
  failed: 37,
  unknown: 2,
};
const AUDIENCE = Object.values(LEDGER).reduce((sum, count) => sum + count, 0);

export function createDb() {
  const contacts: Contact[] = Array.from({ length: 130 }, (_, index) => person(index));
  contacts.sort((a, b) => a.name.localeCompare(b.name));
  const campaigns: Campaign[] = [
    campaign(4, { name: "Diwali early access", state: "draft", created_at: ago(12) }),
    campaign(3, {
      name: "Autumn sale, second wave to customers of last year",
      state: "running",
      audience: 2400,
      states: {
        ...EMPTY,
        queued: 1310,
        claimed: 20,
        skipped: 61,
        accepted: 44,
        sent: 120,
        delivered: 470,
        read: 362,
        failed: 13,
      },
      answered: 41,
      launched_at: ago(3),
      rate_per_s: 19.4,
      eta_s: 68,
    }),
    campaign(1, {
      audience: AUDIENCE,
      states: LEDGER,
      answered: 128,
      launched_at: ago(60 * 26),
      completed_at: ago(60 * 26 - 2),
    }),
    campaign(2, {
      name: "Back in stock",
      state: "paused",
      state_reason:
        "Paused by rule: 12% of the last 200 messages failed. Check the template's quality, then resume.",
      audience: 300,
      states: { ...EMPTY, queued: 90, skipped: 10, delivered: 120, read: 44, failed: 36 },
      answered: 7,
      launched_at: ago(60 * 50),
    }),
  ];
  const messages = new Map<string, Message[]>();
  const conversations: Schemas["ConversationOut"][] = contacts.slice(0, 24).map((one, index) => {
    const out = messageOf({
      id: idOf("msg", index * 3 + 1),
      type: "template",
      text: `Hello ${one.name || "there"}, our spring collection opens on Saturday.\nReply YES to keep your place.`,
      state: "read",
      campaign_id: idOf("cmp", 1),
      at: ago(1600 + index * 40),
    });
    const incoming = messageOf({
      id: idOf("msg", index * 3 + 2),
      direction: "in",
      text: answer(index),
      at: ago(2 + index * 95),
    });
    const failed = messageOf({
      id: idOf("msg", index * 3 + 3),
      text: "Of course, here it is.",
      state: "failed",
      error_code: 131026,
      error: "Message undeliverable",
      at: ago(1590 + index * 40),
    });
    messages.set(one.id, index % 6 === 0 ? [incoming, failed, out] : [incoming, out]);
    return {
      contact_id: one.id,
      contact_name: one.name,
      contact_phone: one.phone,
      contact_username: one.username,
      contact_bsuid: one.bsuid,
      state: "open",
      unread: index < 3 ? index + 1 : 0,
      last_message: answer(index),
      last_direction: "in",
      last_activity_at: incoming.at,
      assignee_id: null,
      number_id: NUMBER_ID,
      window_closes_at: new Date(Date.parse(incoming.at) + 1440 * MINUTE_MS).toISOString(),
    };
  });
  return {
    contacts,
    campaigns,
    conversations,
    messages,
    files: new Map<string, Schemas["MessageMediaOut"]>(),
    uploads: new Map<string, { kind: Schemas["MediaOut"]["kind"]; body: ArrayBuffer | null }>(),
    /** Every Idempotency-Key that was carried out, with what came of it. */
    keys: new Map<string, Message>(),
    reads: [] as { contactId: string; typing: boolean }[],
    exports: new Map<string, Schemas["ExportOut"]>(),
    segments: [] as Schemas["SegmentOut"][],
    rules: {
      time_zone: "Asia/Kolkata",
      failure_share_percent: 20,
      frequency_cap: null,
      quiet_hours: null,
    } as Schemas["CampaignRulesOut"],
    imports: new Map<string, { import: Schemas["ImportOut"]; rows: Schemas["ImportRow"][] }>(),
    numbers: createNumbers(),
    accounts: createAccounts(),
    profile: createProfile(),
    templates: createTemplates(),
  };
}

export type Db = ReturnType<typeof createDb>;

/** Moves a running campaign by a step, so that its ledger lives and still adds up. */
export function step(one: Campaign): void {
  if (one.state !== "running") return;
  const states = { ...one.states };
  const move = (from: string, to: string, share: number) => {
    const count = Math.ceil((states[from] ?? 0) * share);
    states[from] = (states[from] ?? 0) - count;
    states[to] = (states[to] ?? 0) + count;
  };
  move("delivered", "read", 0.04);
  move("sent", "delivered", 0.4);
  move("accepted", "sent", 0.5);
  move("claimed", "accepted", 1);
  states.claimed = Math.min(40, states.queued ?? 0);
  states.queued = (states.queued ?? 0) - states.claimed;
  one.states = states;
  one.eta_s = Math.round((states.queued ?? 0) / 19.4);
  if (states.queued === 0 && states.claimed === 0) one.state = "settling";
}
