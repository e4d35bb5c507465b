/** What a launch would do, tried out without sending: who, why not, what it says, costs and takes. */
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, CircleAlert, FlaskConical } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { Empty, Failure } from "@/components/app/states";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { sentenceOf } from "@/lib/api/problem";
import { formatCount, formatDuration, formatMicros, formatMoment } from "@/lib/format";
import { LaunchButton } from "./actions";
import { type DryRun, dryRunQuery } from "./api";
import { useStartDryRun } from "./changes";
import { CostTable } from "./cost-table";
import { DryRunRecipients } from "./dry-run-recipients";
import { ForecastNote } from "./forecast";
import type { Campaign } from "./ledger";
import { skipReason } from "./words";

function Facts({ run }: { run: DryRun }) {
  const facts = [
    [
      run.canary > 0 ? `Would get it, ${formatCount(run.canary)} of them first` : "Would get it",
      formatCount(run.planned),
    ],
    ["Would be skipped", formatCount(run.audience - run.planned)],
    [
      "Cost, if all are reached",
      run.cost && formatMicros(run.cost.total_micros, run.cost.currency),
    ],
    ["Sending takes", run.duration_s === null ? null : `about ${formatDuration(run.duration_s)}`],
  ] as const;
  return (
    <dl className="grid grid-cols-2 lg:grid-cols-4">
      {facts.map(([term, value]) => (
        <div key={term} className="px-4 py-3">
          <dt className="text-muted text-xs">{term}</dt>
          <dd className="tabular font-[640] text-xl tracking-[-0.02em]">{value ?? "–"}</dd>
        </div>
      ))}
    </dl>
  );
}

function Problems({ problems }: { problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1.5 border-b bg-danger-soft px-4 py-3 text-danger-text">
      {problems.map((problem) => (
        <li key={problem} className="flex items-start gap-2">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {problem}
        </li>
      ))}
    </ul>
  );
}

function Previews({ run }: { run: DryRun }) {
  const [index, setIndex] = useState(0);
  const shown = run.previews[Math.min(index, run.previews.length - 1)];
  if (!shown) return null;
  const step = (by: number) =>
    setIndex((before) => (before + by + run.previews.length) % run.previews.length);
  return (
    <section aria-label="As they would read it" className="border-b">
      <div className="flex items-center justify-between gap-2 px-4 py-2">
        <p className="tabular text-muted text-xs" aria-live="polite">
          To {shown.to}, {index + 1} of {run.previews.length}
        </p>
        <span className="flex">
          <Button size="icon" variant="ghost" aria-label="Message before" onClick={() => step(-1)}>
            <ChevronLeft aria-hidden />
          </Button>
          <Button size="icon" variant="ghost" aria-label="Next message" onClick={() => step(1)}>
            <ChevronRight aria-hidden />
          </Button>
        </span>
      </div>
      <div className="bg-chat p-4">
        <p
          dir="auto"
          className="wrap-anywhere max-w-96 whitespace-pre-line rounded-lg rounded-tl-none bg-surface p-3 shadow-sm"
        >
          {shown.text}
        </p>
      </div>
    </section>
  );
}

function Skipped({ skipped }: { skipped: Readonly<Record<string, number>> }) {
  const rows = Object.entries(skipped)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return null;
  return (
    <ul aria-label="Who would be skipped, and why" className="divide-y border-b">
      {rows.map(([reason, count]) => (
        <li key={reason} className="flex items-baseline justify-between gap-4 px-4 py-2.5">
          {skipReason(reason)}
          <span className="tabular font-medium">{formatCount(count)}</span>
        </li>
      ))}
    </ul>
  );
}

function Found({
  campaign,
  run,
  canWrite,
}: {
  campaign: Campaign;
  run: DryRun;
  canWrite: boolean;
}) {
  const [isListOpen, setIsListOpen] = useState(false);
  return (
    <>
      <Problems problems={run.problems} />
      <Facts run={run} />
      {run.forecast && campaign.state === "draft" ? <ForecastNote forecast={run.forecast} /> : null}
      <Skipped skipped={run.skipped} />
      <Previews key={run.started_at} run={run} />
      {run.cost ? <CostTable cost={run.cost} label="Estimated cost by market" /> : null}
      {isListOpen ? <DryRunRecipients id={campaign.id} run={run.started_at} /> : null}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-t px-4 py-3">
        {canWrite && campaign.state === "draft" ? <LaunchButton campaign={campaign} /> : null}
        {isListOpen ? null : (
          <Button onClick={() => setIsListOpen(true)}>Show everybody and their values</Button>
        )}
        <p className="text-muted text-xs">
          Tried out {formatMoment(run.finished_at ?? run.started_at)}. A launch looks at the
          contacts anew.
        </p>
      </div>
    </>
  );
}

export default function DryRunCard({
  campaign,
  canWrite,
}: {
  campaign: Campaign;
  canWrite: boolean;
}) {
  const query = useQuery(dryRunQuery(campaign));
  const start = useStartDryRun(campaign.id);
  // Without one there is nothing to ask for.
  const run = campaign.has_dry_run ? query.data : null;
  const isRunning = run?.state === "running";
  const begin = () =>
    start.mutate(undefined, { onError: (error) => toast.error(sentenceOf(error)) });

  const body = () => {
    if (run === undefined) {
      if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
      return <SkeletonRows rows={2} label="The dry run is being loaded" />;
    }
    if (run === null) {
      return (
        <Empty icon={FlaskConical} title="Not tried out yet">
          A dry run goes through the whole audience as a launch does, and sends nothing: you see who
          would get it, what they would read, what it costs and how long it takes.
        </Empty>
      );
    }
    if (isRunning) {
      return (
        <p role="status" className="px-4 py-6 text-muted">
          Going through the audience: {formatCount(run.audience)} people so far.
        </p>
      );
    }
    if (run.state === "failed") {
      return (
        <p role="alert" className="px-4 py-6 text-danger-text">
          The dry run failed. {run.reason ?? "Start it again."}
        </p>
      );
    }
    return <Found campaign={campaign} run={run} canWrite={canWrite} />;
  };

  return (
    <Card aria-labelledby="dry-run-title">
      <CardHeading id="dry-run-title" title="Dry run">
        {canWrite && campaign.state === "draft" ? (
          <Button
            size="sm"
            variant={run === null ? "primary" : "secondary"}
            isBusy={start.isPending || isRunning}
            onClick={begin}
          >
            {start.isPending || isRunning ? null : <FlaskConical aria-hidden />}
            {run ? "Try it out again" : "Try it out"}
          </Button>
        ) : null}
      </CardHeading>
      {body()}
    </Card>
  );
}
