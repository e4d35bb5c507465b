/** What the business uses of what its plan allows. */
import { useQuery } from "@tanstack/react-query";
import { Failure } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Card, CardHeading } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { formatCount, formatMoment, humanise } from "@/lib/format";
import { type Usage, usageQuery } from "./api";

const METERS = [
  ["messages_per_day", "Messages today"],
  ["contacts", "Contacts"],
  ["campaigns", "Campaigns under way"],
  ["users", "Members and invitations"],
  ["numbers", "Numbers"],
  ["api_keys", "API keys"],
] as const;

/** From here on it is worth knowing that the end is near. */
const NEARLY = 0.9;

function Meter({ name, used, limit }: { name: string; used: number; limit: number | null }) {
  const share = limit === null ? 0 : limit === 0 ? 1 : used / limit;
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="font-medium">{name}</span>
        <span className="tabular text-muted">
          {formatCount(used)} {limit === null ? "(no limit)" : `of ${formatCount(limit)}`}
        </span>
      </div>
      {limit === null ? null : (
        <div className="mt-1.5 flex items-center gap-3">
          <meter
            aria-label={name}
            min={0}
            max={Math.max(limit, 1)}
            high={Math.max(limit, 1) * NEARLY}
            optimum={0}
            value={Math.min(used, Math.max(limit, 1))}
            className="h-2 w-full"
          />
          {share >= 1 ? <Badge tone="danger">Full</Badge> : null}
          {share >= NEARLY && share < 1 ? <Badge tone="warn">Nearly full</Badge> : null}
        </div>
      )}
    </li>
  );
}

function Meters({ usage }: { usage: Usage }) {
  return (
    <>
      <ul aria-label="Usage" className="divide-y">
        {METERS.map(([name, label]) => (
          <Meter key={name} name={label} used={usage[name].used} limit={usage[name].limit} />
        ))}
      </ul>
      <p className="border-t px-4 py-3 text-muted text-xs">
        Messages are counted anew from {formatMoment(usage.day_ends_at)}. For more of something, ask
        the operator of this platform for a larger plan.
      </p>
    </>
  );
}

export function UsageCard() {
  const { data, error, refetch } = useQuery(usageQuery);
  const body = () => {
    if (data) return <Meters usage={data} />;
    if (error) return <Failure error={error} onRetry={() => void refetch()} />;
    return <SkeletonRows rows={4} label="The usage is being loaded" />;
  };
  return (
    <Card aria-labelledby="usage-title">
      <CardHeading id="usage-title" title="Plan and usage">
        {data ? <span className="text-muted">{humanise(data.plan)}</span> : null}
      </CardHeading>
      {body()}
    </Card>
  );
}
