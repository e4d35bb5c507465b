/** Templates of the fake: approved, paused, rejected, in review, about to change its category. */
import type { Schemas } from "@/lib/api/client";
import { idOf } from "./people";

export type TemplateRow = Schemas["TemplateOut"];

const DAY_MS = 86_400_000;

function days(count: number): string {
  return new Date(Date.now() + count * DAY_MS).toISOString();
}

/** The texts of Meta's components, as the API tells them beside these. */
export function textsOf(components: readonly Record<string, unknown>[]) {
  const of = (type: string) => components.find((part) => part.type === type) ?? {};
  const [header, body, footer] = [of("HEADER"), of("BODY"), of("FOOTER")];
  const buttons = (of("BUTTONS").buttons ?? []) as { type: string; text: string; url?: string }[];
  const format = typeof header.format === "string" ? header.format : null;
  const headerText = typeof header.text === "string" ? header.text : null;
  const text = typeof body.text === "string" ? body.text : "";
  const variables = [...new Set(text.match(/\{\{\w+\}\}/g))].map(
    (one) => `body.${one.slice(2, -2)}`,
  );
  return {
    header: headerText,
    header_format: format,
    body: text,
    footer: typeof footer.text === "string" ? footer.text : null,
    buttons,
    variables,
    preview: {
      header: format === null ? null : { format, text: headerText, media: null, location: null },
      offer: null,
      offer_expires_at: null,
      body: text,
      footer: typeof footer.text === "string" ? footer.text : null,
      buttons: buttons.map((one) => ({ type: one.type, text: one.text, target: one.url ?? null })),
      cards: [],
      missing: variables,
    },
  };
}

export function templateOf(seed: number, values: Partial<TemplateRow>): TemplateRow {
  const components = values.components ?? [{ type: "BODY", text: "Hello" }];
  return {
    id: idOf("tpl", seed),
    number_id: idOf("num", 1),
    waba_id: "102290129340398",
    meta_template_id: String(900_000 + seed),
    name: "winter_news",
    language: "en",
    category: "MARKETING",
    status: "APPROVED",
    is_sendable: (values.status ?? "APPROVED") === "APPROVED",
    rejected_reason: null,
    rejection: null,
    pause: null,
    disabled_at: null,
    quality: { score: "UNKNOWN", changed_at: null },
    previous_category: null,
    category_change: null,
    parameter_format: "POSITIONAL",
    message_send_ttl_seconds: null,
    components,
    optional_variables: [],
    next_edit_at: null,
    created_at: days(-6),
    updated_at: days(-6),
    ...textsOf(components),
    ...values,
  };
}

export function createTemplates(): TemplateRow[] {
  return [
    templateOf(1, {
      name: "spring_opening",
      quality: { score: "GREEN", changed_at: days(-2) },
      components: [
        { type: "HEADER", format: "TEXT", text: "Doors open Saturday" },
        {
          type: "BODY",
          text: "Hello *{{1}}*, our spring collection opens on Saturday.\nYour order {{2}} is waiting.",
          example: { body_text: [["Asha", "A-1000"]] },
        },
        { type: "FOOTER", text: "Reply STOP to end these messages" },
        {
          type: "BUTTONS",
          buttons: [
            { type: "QUICK_REPLY", text: "Keep my place" },
            { type: "URL", text: "See the shop", url: "https://example.com" },
          ],
        },
      ],
    }),
    templateOf(2, { status: "PENDING" }),
    templateOf(3, {
      name: "spring_opening",
      language: "pt_BR",
      status: "PAUSED",
      quality: { score: "RED", changed_at: days(-1) },
      components: [{ type: "BODY", text: "Olá {{1}}, a loja abre no sábado." }],
      pause: {
        code: "FIRST_PAUSE",
        reason: "Too many people blocked or reported it.",
        recommendation: "Wait for the end of the pause, and send it to fewer people.",
        until: days(0.1),
      },
    }),
    templateOf(4, {
      name: "refund_note",
      category: "UTILITY",
      status: "REJECTED",
      rejected_reason: "INVALID_FORMAT",
      components: [{ type: "BODY", text: "Your refund {{1}} is on its way." }],
      rejection: {
        code: "INVALID_FORMAT",
        reason: "The variables or the special characters are not written as they should be.",
        recommendation: "Number the variables from {{1}}, and submit it again.",
      },
    }),
    templateOf(5, {
      name: "loyalty_points",
      category: "UTILITY",
      components: [{ type: "BODY", text: "You have {{1}} points to spend this week." }],
      category_change: {
        category: "UTILITY",
        correct_category: "MARKETING",
        effective_at: days(1),
        message: "Meta found that it is marketing.",
      },
    }),
  ];
}
