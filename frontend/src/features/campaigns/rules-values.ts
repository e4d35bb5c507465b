/** The rules of a business as a form has them, what is wrong with them, and the request. Pure. */
import type { Schemas } from "@/lib/api/client";
import { isZone } from "@/lib/time-zone";
import type { Rules } from "./api";

export interface RulesValues {
  timeZone: string;
  isQuiet: boolean;
  start: string;
  end: string;
  isCapped: boolean;
  messages: string;
  days: string;
  failurePercent: string;
}

export type RulesProblems = Partial<Record<keyof RulesValues, string>>;

export function rulesValues(rules: Rules): RulesValues {
  const { quiet_hours: quiet, frequency_cap: cap } = rules;
  return {
    timeZone: rules.time_zone ?? "",
    isQuiet: quiet !== null,
    start: quiet?.start ?? "21:00",
    end: quiet?.end ?? "08:00",
    isCapped: cap !== null,
    messages: String(cap?.messages ?? 2),
    days: String(cap?.days ?? 7),
    failurePercent: String(rules.failure_share_percent),
  };
}

function within(text: string, least: number, most: number): string | undefined {
  const isFine = /^\d+$/.test(text.trim()) && Number(text) >= least && Number(text) <= most;
  return isFine ? undefined : `Write a whole number from ${least} to ${most}.`;
}

const isTime = (text: string) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);

function quietProblems({ isQuiet, start, end }: RulesValues): RulesProblems {
  if (!isQuiet) return {};
  return {
    ...(!isTime(start) && { start: "Choose when it begins." }),
    ...(!isTime(end) && { end: "Choose when it ends." }),
    ...(start === end && { end: "Begin and end must differ." }),
  };
}

export function rulesProblems(values: RulesValues): RulesProblems {
  const [messages, days] = values.isCapped
    ? [within(values.messages, 1, 20), within(values.days, 1, 90)]
    : [];
  const failurePercent = within(values.failurePercent, 1, 100);
  return {
    ...(values.timeZone !== "" &&
      !isZone(values.timeZone) && {
        timeZone: "Write a time zone like Europe/Berlin; the list helps.",
      }),
    ...quietProblems(values),
    ...(messages && { messages }),
    ...(days && { days }),
    ...(failurePercent && { failurePercent }),
  };
}

export function rulesRequest(values: RulesValues): Schemas["CampaignRulesBody"] {
  return {
    time_zone: values.timeZone || null,
    failure_share_percent: Number(values.failurePercent),
    frequency_cap: values.isCapped
      ? { messages: Number(values.messages), days: Number(values.days) }
      : null,
    quiet_hours: values.isQuiet ? { start: values.start, end: values.end } : null,
  };
}
