/** What became of a campaign's recipients, as another campaign chooses among them. */
export const OUTCOMES = [
  { outcome: "not_delivered", label: "did not get it" },
  { outcome: "failed", label: "could not be reached" },
  { outcome: "not_read", label: "did not read it" },
  { outcome: "read", label: "read it" },
  { outcome: "answered", label: "answered it" },
  { outcome: "not_answered", label: "did not answer it" },
] as const;
export type Outcome = (typeof OUTCOMES)[number]["outcome"];
