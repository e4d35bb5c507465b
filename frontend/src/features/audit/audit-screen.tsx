/** Who changed what, and when: the audit trail, with its filters, its export and the state of its chain. */
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { FileDown, Link2, Link2Off, ScrollText, SearchX } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { Page } from "@/components/app/page";
import { Empty, Failure, Stale } from "@/components/app/states";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { sentenceOf } from "@/lib/api/problem";
import { formatCount } from "@/lib/format";
import { saveAsFile } from "@/lib/text-file";
import { type AuditRecord, auditQuery, exportTrail, peopleQuery } from "./api";
import { brokenAt } from "./chain";
import { FilterBar } from "./filter-bar";
import type { Filters } from "./filters";
import { RecordRow } from "./record-row";

const NOBODY: ReadonlyMap<string, string> = new Map();

function actorOf(record: AuditRecord, people: ReadonlyMap<string, string>): string {
  const name = people.get(record.actor_id);
  if (name) return name;
  if (record.actor_id.startsWith("key_")) return `API key ${record.actor_id}`;
  return record.actor_id ? `somebody who left (${record.actor_id})` : "nobody signed in";
}

function ExportButton({ filters }: { filters: Filters }) {
  const [parts, setParts] = useState(0);
  const take = useMutation({
    mutationFn: () => exportTrail(filters, setParts),
    onSuccess: (text) => saveAsFile("audit.csv", text, "text/csv"),
    onError: (error) => toast.error(sentenceOf(error)),
    onSettled: () => setParts(0),
    gcTime: 0,
  });
  return (
    <Button isBusy={take.isPending} onClick={() => take.mutate()}>
      {take.isPending ? null : <FileDown aria-hidden />}
      {parts > 0 ? `${parts} parts so far` : "Export CSV"}
    </Button>
  );
}

/** Of a filtered list nothing can be said: what lies between its records is not here. */
function Chain({ records }: { records: readonly AuditRecord[] }) {
  const broken = brokenAt(records);
  if (broken !== null) {
    return (
      <p
        role="alert"
        className="mb-3 flex items-start gap-2 rounded-control bg-danger-soft px-3 py-2 text-danger-text"
      >
        <Link2Off aria-hidden className="mt-0.5 size-4 shrink-0" />
        Before record {broken} something is missing or was replaced. Tell the operator of this
        platform.
      </p>
    );
  }
  return (
    <p className="mb-3 flex items-start gap-2 text-muted text-xs">
      <Link2 aria-hidden className="size-4 shrink-0" />
      The {formatCount(records.length)} newest records follow each other without a gap: each holds
      the hash of the one before it.
    </p>
  );
}

interface AuditScreenProps {
  filters: Filters;
  onFilters: (filters: Filters) => void;
}

export function AuditScreen({ filters, onFilters }: AuditScreenProps) {
  const query = useInfiniteQuery(auditQuery(filters));
  const { data: people = NOBODY } = useQuery(peopleQuery);
  // What was seen stays in the list of actions, though a filter hides it now.
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const records = query.data?.pages.flatMap((page) => page.items);
  const fresh = records?.filter(({ action }) => !seen.has(action)) ?? [];
  if (fresh.length > 0) setSeen(new Set([...seen, ...fresh.map(({ action }) => action)]));
  const actions = [...new Set([...seen, ...(filters.action ? [filters.action] : [])])].sort();
  const isNarrowed = Object.keys(filters).length > 0;

  const body = () => {
    if (!records) {
      if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
      return <SkeletonRows rows={8} label="The trail is being loaded" />;
    }
    if (records.length > 0) {
      return (
        <ul aria-label="Records" className="divide-y">
          {records.map((record) => (
            <RecordRow key={record.id} record={record} actor={actorOf(record, people)} />
          ))}
        </ul>
      );
    }
    if (isNarrowed) {
      return (
        <Empty icon={SearchX} title={query.hasNextPage ? "Nothing yet" : "Nothing fits"}>
          {query.hasNextPage
            ? "The newest records do not fit. Look further back below."
            : "No record is as the filters want it."}
        </Empty>
      );
    }
    return (
      <Empty icon={ScrollText} title="Nothing was changed yet">
        Whatever anybody changes here is noted from now on.
      </Empty>
    );
  };

  return (
    <Page
      title="Audit trail"
      lead="Who changed what, and when. Nobody can change or remove a record."
      className="max-w-5xl"
      actions={records?.length ? <ExportButton filters={filters} /> : null}
    >
      <FilterBar filters={filters} people={people} actions={actions} onFilters={onFilters} />
      {records && query.error ? (
        <Stale error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      {records && records.length > 1 && !isNarrowed && !query.isPlaceholderData ? (
        <Chain records={records} />
      ) : null}
      <Card aria-label="Audit trail" aria-busy={query.isPlaceholderData}>
        {body()}
      </Card>
      {query.hasNextPage ? (
        <div className="mt-4 text-center">
          <Button isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show earlier records
          </Button>
        </div>
      ) : null}
    </Page>
  );
}
