/** How far an import has come, and what became of its rows. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleAlert, FileX } from "lucide-react";
import { useEffect } from "react";
import { Empty, Failure } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";
import { Table, Td, Th } from "@/components/ui/table";
import { formatCount, humanise } from "@/lib/format";
import { type Import, type ImportRow, importQuery, isUnderway } from "@/lib/imports";
import { importRowsQuery } from "./api";

const OUTCOMES: { outcome: ImportRow["outcome"]; label: string; meaning: string }[] = [
  { outcome: "created", label: "Created", meaning: "new contacts" },
  { outcome: "updated", label: "Updated", meaning: "were there already" },
  { outcome: "duplicate", label: "Duplicate", meaning: "same number twice in the file" },
  { outcome: "invalid", label: "Invalid", meaning: "not imported" },
];

function stateOf(one: Import) {
  if (one.state === "failed") return <Badge tone="danger">Failed</Badge>;
  if (one.state === "completed") return <Badge tone="good">Completed</Badge>;
  return <Badge tone="live">{one.state === "queued" ? "Waiting" : "Importing"}</Badge>;
}

function Progress({ one }: { one: Import }) {
  const share = one.rows_total > 0 ? one.rows_done / one.rows_total : 0;
  return (
    <div className="px-4 py-3">
      <p className="tabular mb-2" role="status">
        {one.rows_total > 0
          ? `${formatCount(one.rows_done)} of ${formatCount(one.rows_total)} rows`
          : "The file is being read"}
      </p>
      <div
        role="progressbar"
        aria-label="Rows imported"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(share * 100)}
        className="h-1.5 overflow-hidden rounded-full bg-sunken"
      >
        <div
          className="h-full rounded-full bg-brand transition-[width] duration-500"
          style={{ width: `${share * 100}%` }}
        />
      </div>
    </div>
  );
}

function Counts({ one }: { one: Import }) {
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-b-card border-t bg-line md:grid-cols-4">
      {OUTCOMES.map(({ outcome, label, meaning }) => (
        <div key={outcome} className="bg-surface px-4 py-3">
          <dt className="text-muted text-xs">{label}</dt>
          <dd>
            <span className="tabular block font-[640] text-xl tracking-[-0.02em]">
              {formatCount(one[outcome])}
            </span>
            <span className="text-muted text-xs">{meaning}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Columns({ columns }: { columns: Record<string, string> }) {
  const pairs = Object.entries(columns);
  if (pairs.length === 0) return null;
  return (
    <div className="border-t px-4 py-3 text-muted text-xs">
      <p className="mb-1.5">How the columns were understood</p>
      <ul className="flex flex-wrap gap-1.5">
        {pairs.map(([column, field]) => (
          <li key={column} className="rounded-full border px-2 py-0.5">
            {column} → <span className="text-ink">{humanise(field)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function RowsOf({ id, outcome }: { id: string; outcome: ImportRow["outcome"] }) {
  const rows = useInfiniteQuery(importRowsQuery(id, outcome));
  const items = rows.data?.pages.flatMap((page) => page.items);
  if (!items) {
    if (rows.error) return <Failure error={rows.error} onRetry={() => void rows.refetch()} />;
    return <SkeletonRows rows={3} label="The rows are being loaded" />;
  }
  return (
    <>
      <Table label={`Rows that are ${outcome}`}>
        <thead>
          <tr>
            <Th>Row</Th>
            <Th>Phone</Th>
            <Th>Reason</Th>
          </tr>
        </thead>
        <tbody>
          {items.map((row) => (
            <tr key={row.row}>
              <Td className="tabular text-muted">{formatCount(row.row)}</Td>
              <Td className="tabular whitespace-nowrap">{row.phone || "empty"}</Td>
              <Td className="min-w-40 text-muted">{row.reason ?? ""}</Td>
            </tr>
          ))}
        </tbody>
      </Table>
      {rows.hasNextPage ? (
        <div className="p-3 text-center">
          <Button
            size="sm"
            isBusy={rows.isFetchingNextPage}
            onClick={() => void rows.fetchNextPage()}
          >
            Show more rows
          </Button>
        </div>
      ) : null}
    </>
  );
}

export function ImportResult({ id }: { id: string }) {
  const query = useQuery(importQuery(id));
  const queries = useQueryClient();
  const one = query.data;
  const isDone = one !== undefined && !isUnderway(one);

  useEffect(() => {
    if (isDone) void queries.invalidateQueries({ queryKey: ["contacts"] });
  }, [isDone, queries]);

  if (!one) {
    if (!query.error) return <Skeleton className="h-40 w-full rounded-card" />;
    return (
      <Card>
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      </Card>
    );
  }
  if (one.state === "failed") {
    return (
      <Card role="alert">
        <Empty
          icon={FileX}
          title="The file could not be imported"
          action={
            <Button asChild>
              <Link to="/contacts/import">Choose another file</Link>
            </Button>
          }
        >
          {one.error ?? "No reason was given."}
        </Empty>
      </Card>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <Card aria-label="The import">
        <CardHeading title="Import">{stateOf(one)}</CardHeading>
        <Progress one={one} />
        <Columns columns={one.columns} />
        <Counts one={one} />
      </Card>
      {isDone && one.invalid > 0 ? (
        <Card aria-label="Invalid rows">
          <CardHeading title="Rows that were not imported">
            <span className="inline-flex items-center gap-1.5 text-muted text-xs">
              <CircleAlert aria-hidden className="size-4" />
              The heading is row 1, as in a spreadsheet
            </span>
          </CardHeading>
          <RowsOf id={id} outcome="invalid" />
        </Card>
      ) : null}
      {isDone && one.duplicate > 0 ? (
        <Card aria-label="Duplicate rows">
          <CardHeading title="Duplicates in the file" />
          <RowsOf id={id} outcome="duplicate" />
        </Card>
      ) : null}
      {isDone ? (
        <div className="flex flex-wrap gap-2">
          <Button asChild variant="primary">
            <Link to="/contacts">See the contacts</Link>
          </Button>
          {one.created + one.updated > 0 ? (
            <Button asChild>
              <Link to="/campaigns/new" search={{ import: id }}>
                Send them a campaign
              </Link>
            </Button>
          ) : null}
          <Button asChild>
            <Link to="/contacts/import">Import another file</Link>
          </Button>
        </div>
      ) : null}
    </div>
  );
}
