/** How a campaign is sent: in whose time, and whether a few get it first; as a form has it. Pure. */
import * as z from "zod/mini";
import type { CampaignCreate } from "./api";
import type { Campaign } from "./ledger";

type Options = Pick<Campaign, "send_at" | "canary_percent" | "canary_wait_s">;

const MAX_PERCENT = 50;
const MAX_WAIT_MIN = 1440;

/** Whether a text is a whole number within bounds. */
function isWithin(text: string, least: number, most: number): boolean {
  return /^\d+$/.test(text.trim()) && Number(text) >= least && Number(text) <= most;
}

export const deliveryFields = {
  hasSendAt: z.boolean(),
  send_at: z.string(),
  hasCanary: z.boolean(),
  canary_percent: z.string(),
  /** `ask` waits for a person; `wait` goes on by itself. */
  canary_then: z.enum(["ask", "wait"]),
  canary_wait_min: z.string(),
};

export interface DeliveryValues {
  hasSendAt: boolean;
  send_at: string;
  hasCanary: boolean;
  canary_percent: string;
  canary_then: "ask" | "wait";
  canary_wait_min: string;
}

export const deliveryChecks = [
  z.refine<DeliveryValues>((form) => !form.hasSendAt || /^\d{2}:\d{2}$/.test(form.send_at), {
    error: "Choose the time of day.",
    path: ["send_at"],
  }),
  z.refine<DeliveryValues>(
    (form) => !form.hasCanary || isWithin(form.canary_percent, 1, MAX_PERCENT),
    { error: `Write a whole number from 1 to ${MAX_PERCENT}.`, path: ["canary_percent"] },
  ),
  z.refine<DeliveryValues>(
    (form) =>
      !form.hasCanary ||
      form.canary_then === "ask" ||
      isWithin(form.canary_wait_min, 1, MAX_WAIT_MIN),
    {
      error: "Write a number of minutes from 1 to 1,440, which is a day.",
      path: ["canary_wait_min"],
    },
  ),
];

export function deliveryValues(options: Options): DeliveryValues {
  const { send_at, canary_percent, canary_wait_s } = options;
  return {
    hasSendAt: send_at !== null,
    send_at: send_at ?? "09:00",
    hasCanary: canary_percent !== null,
    canary_percent: String(canary_percent ?? 5),
    canary_then: canary_wait_s === null ? "ask" : "wait",
    canary_wait_min: String(canary_wait_s === null ? 30 : Math.ceil(canary_wait_s / 60)),
  };
}

/** Absent options are null: an edit takes them away. */
export function deliveryRequest(
  values: DeliveryValues,
): Required<Pick<CampaignCreate, "send_at" | "canary_percent" | "canary_wait_s">> {
  const { hasCanary, canary_then } = values;
  return {
    send_at: values.hasSendAt ? values.send_at : null,
    canary_percent: hasCanary ? Number(values.canary_percent) : null,
    canary_wait_s: hasCanary && canary_then === "wait" ? Number(values.canary_wait_min) * 60 : null,
  };
}

/** What is special about how it is sent, in sentences without a full stop. */
export function deliveryWords({ send_at, canary_percent, canary_wait_s }: Options): string[] {
  const wait =
    canary_wait_s === null
      ? "then it waits for you"
      : `then it goes on by itself after ${Math.ceil(canary_wait_s / 60)} min if it goes well`;
  return [
    send_at === null ? "" : `To each at ${send_at} of their own time`,
    canary_percent === null ? "" : `To ${canary_percent}% first; ${wait}`,
  ].filter(Boolean);
}
