/** One record of the trail: who did what and when; opened, from where and what differs. */
import { ChevronRight } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { Table, Td, Th } from "@/components/ui/table";
import { formatMoment, humanise } from "@/lib/format";
import type { AuditRecord } from "./api";
import { changesOf } from "./changes";

const OUTCOMES = {
  done: null,
  failed: { tone: "danger", words: "Refused" },
  unknown: { tone: "warn", words: "Cut off" },
} as const;

function Changes({ record }: { record: AuditRecord }) {
  const changes = changesOf(record.before, record.after);
  if (record.details_erased) {
    return (
      <p className="text-muted">What changed was erased, with the person that it was about.</p>
    );
  }
  if (changes.length === 0) return <p className="text-muted">Nothing more is noted of it.</p>;
  return (
    <Table label={`What ${humanise(record.action).toLowerCase()} changed`} className="text-xs">
      <thead>
        <tr>
          <Th>Field</Th>
          <Th>Before</Th>
          <Th>After</Th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ field, before, after }) => (
          <tr key={field} className="align-top">
            <Td className="font-medium">{field}</Td>
            <Td className="wrap-anywhere min-w-32 text-muted">{before}</Td>
            <Td className="wrap-anywhere min-w-32">{after}</Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Facts({ record }: { record: AuditRecord }) {
  const facts: [string, string][] = [
    ["Number", String(record.sequence)],
    ["Route", record.route],
    ["Status", record.status === null ? "none" : String(record.status)],
    ["Address", record.source_ip || "–"],
    ["Program", record.user_agent || "–"],
    ["Request", record.request_id],
    ...Object.entries(record.targets),
    ...(record.made_id ? ([["Made", record.made_id]] as [string, string][]) : []),
    ["Hash", record.hash],
  ];
  return (
    <dl className="grid gap-x-4 gap-y-1 text-xs sm:grid-cols-[8rem_1fr]">
      {facts.map(([term, text]) => (
        <div key={term} className="contents">
          <dt className="text-muted">{humanise(term)}</dt>
          <dd className="wrap-anywhere mb-1 sm:mb-0">{text}</dd>
        </div>
      ))}
    </dl>
  );
}

export function RecordRow({ record, actor }: { record: AuditRecord; actor: string }) {
  const outcome = OUTCOMES[record.outcome];
  return (
    <li>
      <details className="group">
        <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 -outline-offset-2 hover:bg-sunken/60">
          <ChevronRight
            aria-hidden
            className="size-4 shrink-0 text-muted transition-transform group-open:rotate-90"
          />
          <span className="wrap-anywhere min-w-0 flex-1 basis-52">
            <span className="font-medium">{humanise(record.action)}</span>
            <span className="text-muted"> by {actor}</span>
          </span>
          {outcome ? <Badge tone={outcome.tone}>{outcome.words}</Badge> : null}
          <span className="tabular text-muted text-xs">{formatMoment(record.at)}</span>
        </summary>
        <div className="flex flex-col gap-3 border-t bg-sunken/40 px-4 py-3">
          <Changes record={record} />
          <Facts record={record} />
        </div>
      </details>
    </li>
  );
}
