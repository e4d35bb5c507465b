/** Why recipients were skipped and why messages failed, each with what to do about it. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure } from "@/components/app/states";
import { Card, CardHeading } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { formatMoment } from "@/lib/format";
import { type Report, reportQuery } from "./api";
import { CountLink } from "./count-link";
import type { CampaignState } from "./ledger";
import { WHOSE } from "./words";

function Skipped({ id, report }: { id: string; report: Report }) {
  const rows = report.skips.filter(({ count }) => count > 0);
  if (rows.length === 0) return <p className="px-4 py-5 text-muted">Nobody was skipped.</p>;
  return (
    <ul className="divide-y">
      {rows.map(({ reason, title, next_step, count }) => (
        <li key={reason} className="flex items-baseline justify-between gap-4 px-4 py-2.5">
          <span className="min-w-0">
            <span className="block">{title}</span>
            <span className="block text-muted text-xs">{next_step}</span>
          </span>
          <CountLink id={id} count={count} label={title} filters={{ state: "skipped", reason }} />
        </li>
      ))}
    </ul>
  );
}

function Words({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt className="inline font-medium text-ink">{term}: </dt>
      <dd className="inline">{children}</dd>
    </div>
  );
}

function Failed({ id, report }: { id: string; report: Report }) {
  const rows = [...report.failed].sort((a, b) => b.count - a.count);
  if (rows.length === 0) return <p className="px-4 py-5 text-muted">Nothing failed.</p>;
  return (
    <ul className="divide-y">
      {rows.map((one) => (
        <li key={one.code ?? "none"} className="px-4 py-3">
          <div className="flex items-baseline justify-between gap-4">
            <p className="min-w-0 font-medium">
              {one.title}{" "}
              {one.code === null ? null : (
                <span className="tabular font-normal text-muted text-xs">{one.code}</span>
              )}
            </p>
            <CountLink
              id={id}
              count={one.count}
              label={one.title}
              filters={{ state: "failed", ...(one.code !== null && { code: one.code }) }}
            />
          </div>
          <dl className="mt-1 flex flex-col gap-0.5 text-muted text-xs">
            <Words term={WHOSE[one.whose]}>{one.cause}</Words>
            <Words term="Parley">{one.done}</Words>
            <Words term="Next">{one.next_step}</Words>
          </dl>
        </li>
      ))}
    </ul>
  );
}

/** Who tried again when, and for whom: the unknown may have got the message twice. */
function Retries({ report }: { report: Report }) {
  return (
    <Card aria-labelledby="retries-title">
      <CardHeading id="retries-title" title="Tried again" />
      <ol className="divide-y">
        {report.retries.map((one) => (
          <li key={one.at} className="px-4 py-2.5">
            {formatMoment(one.at)}
            {one.by === "system" ? ", by itself: WhatsApp had only been too busy" : ""}
            <span className="block text-muted text-xs">
              {one.codes.length > 0
                ? `Who failed with ${one.codes.join(", ")}`
                : "Nobody who failed"}
              {one.include_unknown ? ", and those of whom nobody knew whether they got it" : ""}.
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

export default function ReportCards({ id, state }: { id: string; state: CampaignState }) {
  const report = useQuery(reportQuery(id, state));
  const content = (show: (report: Report) => ReactNode) => {
    if (report.data) return show(report.data);
    if (report.error) {
      return <Failure error={report.error} onRetry={() => void report.refetch()} />;
    }
    return <SkeletonRows rows={2} label="The report is being loaded" />;
  };
  return (
    <>
      {report.data?.retries.length ? <Retries report={report.data} /> : null}
      <Card aria-labelledby="skipped-title">
        <CardHeading id="skipped-title" title="Skipped, by reason" />
        {content((data) => (
          <Skipped id={id} report={data} />
        ))}
      </Card>
      <Card aria-labelledby="failed-title">
        <CardHeading id="failed-title" title="Failed, by WhatsApp’s code" />
        {content((data) => (
          <Failed id={id} report={data} />
        ))}
      </Card>
    </>
  );
}
