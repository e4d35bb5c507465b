/** Why recipients were skipped, why messages failed, and what to do about it. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure } from "@/components/app/states";
import { Card, CardHeading } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { formatCount } from "@/lib/format";
import { type Report, reportQuery } from "./api";
import { skipReason } from "./words";

function Row({ title, detail, count }: { title: ReactNode; detail?: ReactNode; count: number }) {
  return (
    <li className="flex items-baseline justify-between gap-4 px-4 py-2.5">
      <span className="min-w-0">
        <span className="block">{title}</span>
        {detail ? <span className="block text-muted text-xs">{detail}</span> : null}
      </span>
      <span className="tabular font-medium">{formatCount(count)}</span>
    </li>
  );
}

function Skipped({ report }: { report: Report }) {
  const rows = Object.entries(report.skipped)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return <p className="px-4 py-5 text-muted">Nobody was skipped.</p>;
  return (
    <ul className="divide-y">
      {rows.map(([reason, count]) => (
        <Row key={reason} title={skipReason(reason)} count={count} />
      ))}
    </ul>
  );
}

function Failed({ report }: { report: Report }) {
  const rows = [...report.failed].sort((a, b) => b.count - a.count);
  if (rows.length === 0) return <p className="px-4 py-5 text-muted">Nothing failed.</p>;
  return (
    <ul className="divide-y">
      {rows.map(({ code, title, count, next_step }) => (
        <Row
          key={code ?? "none"}
          title={
            <>
              {title} <span className="tabular text-muted text-xs">{code}</span>
            </>
          }
          detail={next_step}
          count={count}
        />
      ))}
    </ul>
  );
}

export function ReportCards({ id, isLive }: { id: string; isLive: boolean }) {
  const report = useQuery(reportQuery(id, isLive));
  const content = (show: (report: Report) => ReactNode) => {
    if (report.data) return show(report.data);
    if (report.error) {
      return <Failure error={report.error} onRetry={() => void report.refetch()} />;
    }
    return <SkeletonRows rows={2} label="The report is being loaded" />;
  };
  return (
    <>
      <Card aria-labelledby="skipped-title">
        <CardHeading id="skipped-title" title="Skipped, by reason" />
        {content((data) => (
          <Skipped report={data} />
        ))}
      </Card>
      <Card aria-labelledby="failed-title">
        <CardHeading id="failed-title" title="Failed, by WhatsApp’s code" />
        {content((data) => (
          <Failed report={data} />
        ))}
      </Card>
    </>
  );
}
