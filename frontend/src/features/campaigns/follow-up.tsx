/** The next campaign to some of this one's recipients, by what became of theirs. */
import { Link } from "@tanstack/react-router";
import { Send } from "lucide-react";
import { Card, CardHeading } from "@/components/ui/card";
import type { Campaign } from "./ledger";
import { OUTCOMES, type Outcome } from "./outcomes";

const OFFERED: readonly Outcome[] = ["not_read", "not_delivered", "answered", "not_answered"];

export function FollowUp({ campaign }: { campaign: Campaign }) {
  return (
    <Card aria-labelledby="follow-up-title">
      <CardHeading id="follow-up-title" title="Follow up" />
      <div className="p-4">
        <p className="mb-3 text-muted">A new campaign to those who…</p>
        <ul className="flex flex-wrap gap-2">
          {OUTCOMES.filter(({ outcome }) => OFFERED.includes(outcome)).map(({ outcome, label }) => (
            <li key={outcome}>
              <Link
                to="/campaigns/new"
                search={{ of: campaign.id, outcome }}
                className="inline-flex min-h-8 items-center gap-1.5 rounded-full border border-line-strong/60 px-3 font-medium text-[0.8125rem] hover:bg-sunken"
              >
                <Send aria-hidden className="size-3.5 text-muted" />
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </div>
    </Card>
  );
}
