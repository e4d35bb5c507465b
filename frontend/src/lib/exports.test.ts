/** An export is looked at as often as it changes, and its file's address never goes stale. */
import { expect, it } from "vitest";
import { type Export, nextLookMs } from "./exports";

const NOW = Date.parse("2026-11-26T10:00:00Z");
const one = (values: Partial<Export>): Export => ({
  id: "exp_1",
  kind: "contacts",
  campaign_id: null,
  state: "completed",
  rows: 0,
  looked_at: 0,
  total: null,
  size_bytes: null,
  filename: "contacts.csv",
  url: null,
  url_expires_at: null,
  error: null,
  created_at: "2026-11-26T09:00:00Z",
  completed_at: null,
  expires_at: "2026-12-03T09:00:00Z",
  ...values,
});

it.each([
  [undefined, false],
  [one({ state: "queued" }), 1_000],
  [one({ state: "running" }), 1_000],
  [one({ state: "failed" }), false],
  [one({ url_expires_at: "2026-11-26T10:15:00Z" }), 870_000],
  [one({ url_expires_at: "2026-11-26T09:59:00Z" }), 1_000],
])("%# is asked for again after", (found, expected) => {
  expect(nextLookMs(found, NOW)).toBe(expected);
});
