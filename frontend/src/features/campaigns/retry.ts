/** Whom a retry takes: of those who failed, by WhatsApp's code; the unknown only by choice. Pure. */
import type { Schemas } from "@/lib/api/client";
import type { Report } from "./api";

export interface RetryChoice {
  codes: ReadonlySet<number>;
  includesUnknown: boolean;
}

type Failure = Report["failed"][number];

/** Those for whom another try can end otherwise, the most first. */
export function retryable(report: Pick<Report, "failed">): (Failure & { code: number })[] {
  return report.failed
    .filter((one): one is Failure & { code: number } => one.is_retryable && one.code !== null)
    .sort((a, b) => b.count - a.count);
}

/** How many failed for whom another try makes no sense. */
export function hopeless(report: Pick<Report, "failed">): number {
  return report.failed
    .filter((one) => !one.is_retryable || one.code === null)
    .reduce((sum, one) => sum + one.count, 0);
}

export function firstChoice(report: Pick<Report, "failed">): RetryChoice {
  return { codes: new Set(retryable(report).map(({ code }) => code)), includesUnknown: false };
}

export function chosenCount(
  report: Pick<Report, "failed" | "states">,
  { codes, includesUnknown }: RetryChoice,
): number {
  const failed = retryable(report).reduce(
    (sum, one) => sum + (codes.has(one.code) ? one.count : 0),
    0,
  );
  return failed + (includesUnknown ? (report.states.unknown ?? 0) : 0);
}

export function retryRequest({ codes, includesUnknown }: RetryChoice): Schemas["CampaignRetry"] {
  return { codes: [...codes].sort((a, b) => a - b), include_unknown: includesUnknown };
}
