/** The funnel as a picture: each stage a column, each loss the slope to the next. */
import { Card, CardHeading } from "@/components/ui/card";
import { formatCount, formatShare } from "@/lib/format";
import { type Campaign, funnelOf, type Stage } from "./ledger";

const FILLS: Record<Stage["key"], string> = {
  audience: "var(--state-queued)",
  accepted: "var(--state-sent)",
  delivered: "var(--state-delivered)",
  read: "var(--state-read)",
  answered: "var(--accent)",
};

const WIDTH = 100;
const HEIGHT = 100;
const FLAT = 62;

/** The outline of one stage: level for a while, then sloping to the height of the next. */
export function outlineOf(share: number, next: number): string {
  const [top, nextTop] = [share, next].map((value) => HEIGHT - Math.max(value, 0.008) * HEIGHT);
  return `M0 ${HEIGHT}V${top}H${FLAT}C${FLAT + 19} ${top} ${FLAT + 19} ${nextTop} ${WIDTH} ${nextTop}V${HEIGHT}Z`;
}

export function Funnel({ campaign }: { campaign: Campaign }) {
  const stages = funnelOf(campaign);
  const shareOf = (stage: Stage | undefined) =>
    stage && campaign.audience > 0 ? Math.min(1, stage.count / campaign.audience) : 0;
  return (
    <Card aria-labelledby="funnel-title">
      <CardHeading id="funnel-title" title="Funnel">
        <span className="text-muted text-xs">share of the audience</span>
      </CardHeading>
      <ol className="grid grid-cols-5 px-1 pt-4 sm:px-2">
        {stages.map((stage, index) => {
          const share = shareOf(stage);
          const next = stages[index + 1];
          return (
            <li key={stage.key} className="flex min-w-0 flex-col">
              <span className="px-1 sm:px-2.5">
                <span className="block truncate text-[0.6875rem] text-muted tracking-[-0.01em] sm:text-xs sm:tracking-normal">
                  {stage.label}
                </span>
                <span className="tabular block font-[640] text-[1.0625rem] tracking-[-0.02em] sm:text-2xl sm:leading-8">
                  {formatCount(stage.count)}
                </span>
                <span className="tabular block text-[0.6875rem] text-muted sm:text-xs">
                  {index === 0 ? "everybody" : formatShare(stage.count, campaign.audience)}
                </span>
              </span>
              <svg
                aria-hidden="true"
                viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
                preserveAspectRatio="none"
                className="mt-3 block h-24 w-full sm:h-32"
              >
                <path d={outlineOf(share, next ? shareOf(next) : share)} fill={FILLS[stage.key]} />
              </svg>
            </li>
          );
        })}
      </ol>
      <p className="border-t px-4 py-2 text-muted text-xs">
        Accepted is what WhatsApp took and did not fail later.
      </p>
    </Card>
  );
}
