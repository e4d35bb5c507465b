/** What a campaign may cost, if all are reached, beside what it has cost. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure } from "@/components/app/states";
import { Card, CardHeading } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { formatMicros, formatMoment } from "@/lib/format";
import { type Cost, costsQuery } from "./api";
import { CostTable } from "./cost-table";
import type { CampaignState } from "./ledger";

function Total({ term, cost, none }: { term: string; cost: Cost | null; none: string }) {
  return (
    <div className="px-4 py-3">
      <dt className="text-muted text-xs">{term}</dt>
      <dd className="tabular font-[640] text-xl tracking-[-0.02em]">
        {cost ? (
          formatMicros(cost.total_micros, cost.currency)
        ) : (
          <span className="font-normal text-base text-muted">{none}</span>
        )}
      </dd>
    </div>
  );
}

export default function CostsCard({ id, state }: { id: string; state: CampaignState }) {
  const query = useQuery(costsQuery(id, state));
  const body = (): ReactNode => {
    if (!query.data) {
      if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
      return <SkeletonRows rows={2} label="The costs are being loaded" />;
    }
    const { estimate, actual, recounted_at } = query.data;
    const shown = actual ?? estimate;
    return (
      <>
        <dl className="grid grid-cols-2 divide-x border-b">
          <Total term="Estimate, if all are reached" cost={estimate} none="After planning" />
          <Total term="So far" cost={actual} none="After the first recount" />
        </dl>
        {shown ? <CostTable cost={shown} label="Costs by market" /> : null}
        {recounted_at ? (
          <p className="px-4 py-2.5 text-muted text-xs">
            Counted from delivered messages, {formatMoment(recounted_at)}.
          </p>
        ) : null}
      </>
    );
  };
  return (
    <Card aria-labelledby="costs-title">
      <CardHeading id="costs-title" title="Costs" />
      {body()}
    </Card>
  );
}
