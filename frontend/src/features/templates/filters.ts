/** The filters of the list as they stand in the address: whatever is unknown is dropped. Pure. */
import type { Filters } from "./api";

const CATEGORIES = ["MARKETING", "UTILITY", "AUTHENTICATION"] as const;
const QUALITIES = ["GREEN", "YELLOW", "RED", "UNKNOWN"] as const;

function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((one) => one === value);
}

function matching(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === "string" && pattern.test(value) ? value : undefined;
}

export function readFilters(search: Record<string, unknown>): Filters {
  const category = oneOf(search.category, CATEGORIES);
  const quality = oneOf(search.quality, QUALITIES);
  const status = matching(search.status, /^[A-Z_]{1,40}$/);
  const language = matching(search.language, /^[a-z]{2,3}(_[A-Z]{2})?$/);
  const number_id = matching(search.number_id, /^num_[0-9a-z]{26}$/);
  return {
    ...(status && { status }),
    ...(category && { category }),
    ...(language && { language }),
    ...(quality && { quality }),
    ...(number_id && { number_id }),
  };
}
