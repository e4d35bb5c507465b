/** Which recipients are in sight, as it stands in the address: whatever is unknown is dropped. Pure. */
import type { Schemas } from "@/lib/api/client";
import { type MessageState, STATES } from "./ledger";

export interface RecipientFilters {
  state?: MessageState;
  /** Meta's. */
  code?: number;
  /** Why they were skipped. */
  reason?: string;
  answered?: boolean;
  /** A phone, a contact's id or a user id. */
  find?: string;
}

const MAX_FIND = 150;

export function readRecipientFilters(search: Record<string, unknown>): RecipientFilters {
  const state = STATES.find((one) => one.state === search.state)?.state;
  const code = Number(search.code);
  const hasCode = search.code !== undefined && Number.isSafeInteger(code) && code >= 0;
  const reason = /^[a-z][a-z0-9_]{0,39}$/.test(String(search.reason)) && String(search.reason);
  const find = typeof search.find === "string" || typeof search.find === "number";
  const words = find ? String(search.find).trim().slice(0, MAX_FIND) : "";
  return {
    ...(state && { state }),
    ...(hasCode && { code }),
    ...(search.reason !== undefined && reason && { reason }),
    ...(typeof search.answered === "boolean" && { answered: search.answered }),
    ...(words && { find: words }),
  };
}

export function isFiltered(filters: RecipientFilters): boolean {
  return Object.keys(filters).length > 0;
}

/** The API's filters without the search, which an export has not. */
export function exportFilters(filters: RecipientFilters): Schemas["RecipientFilters"] {
  const { state, code, reason, answered } = filters;
  return {
    state: state ? [state] : [],
    error_code: code === undefined ? [] : [code],
    reason: reason ? [reason] : [],
    country: [],
    answered: answered ?? null,
  };
}

/** The same as the query of a page. */
export function queryOf({ state, code, reason, answered, find }: RecipientFilters) {
  return {
    ...(state && { state: [state] }),
    ...(code !== undefined && { error_code: [code] }),
    ...(reason && { reason: [reason] }),
    ...(answered !== undefined && { answered }),
    ...(find && { search: find }),
  };
}
