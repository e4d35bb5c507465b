/** The filters of the trail as they stand in the address: whatever is unknown is dropped. Pure. */
const OUTCOMES = ["done", "failed", "unknown"] as const;

export interface Filters {
  actor?: string;
  action?: string;
  target?: string;
  outcome?: (typeof OUTCOMES)[number];
  /** Days of this browser's calendar, both included: `2026-11-26`. */
  since?: string;
  until?: string;
}

function matching(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === "string" && pattern.test(value) ? value : undefined;
}

function day(value: unknown): string | undefined {
  const text = matching(value, /^\d{4}-\d{2}-\d{2}$/);
  return text && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

export function readFilters(search: Record<string, unknown>): Filters {
  const actor = matching(search.actor, /^[a-z]{3}_[0-9a-z]{10,40}$/);
  const target = matching(search.target, /^[0-9a-zA-Z_-]{1,60}$/);
  const action = matching(search.action, /^[a-z_]{1,60}$/);
  const outcome = OUTCOMES.find((one) => one === search.outcome);
  const [since, until] = [day(search.since), day(search.until)];
  return {
    ...(actor && { actor }),
    ...(action && { action }),
    ...(target && { target }),
    ...(outcome && { outcome }),
    ...(since && { since }),
    ...(until && { until }),
  };
}

/** The moment at which a day begins here, some days later. */
function startOf(text: string, daysLater = 0): string {
  const [year = 0, month = 1, date = 1] = text.split("-").map(Number);
  return new Date(year, month - 1, date + daysLater).toISOString();
}

/** The filters as the API takes them. */
export function asQuery(filters: Filters) {
  return {
    ...(filters.actor && { actor_id: filters.actor }),
    ...(filters.action && { action: filters.action }),
    ...(filters.target && { target_id: filters.target }),
    ...(filters.outcome && { outcome: filters.outcome }),
    ...(filters.since && { since: startOf(filters.since) }),
    ...(filters.until && { until: startOf(filters.until, 1) }),
  };
}
