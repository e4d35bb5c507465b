/** A list of recipients, page by page: of a dry run, or of a campaign. */
import {
  type DefaultError,
  keepPreviousData,
  type QueryKey,
  type UseQueryOptions,
  useQuery,
} from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Failure } from "@/components/app/states";
import { Button } from "@/components/ui/button";
import { SkeletonRows } from "@/components/ui/skeleton";
import { Table, Th } from "@/components/ui/table";

interface PageOf<T> {
  items: T[];
  next_cursor: string | null;
}

interface RecipientsListProps<T, K extends QueryKey> {
  label: string;
  /** The query of the page that begins at a cursor; the first has none. */
  pageAt: (cursor: string | null) => UseQueryOptions<PageOf<T>, DefaultError, PageOf<T>, K>;
  /** The titles of the columns; one in brackets is only read out. */
  columns: readonly string[];
  row: (one: T) => ReactNode;
  /** What stands there when nobody does. */
  empty: ReactNode;
  className?: string;
}

/** Give it a `key` of its filters: another filter begins at the first page. */
export function RecipientsList<T, K extends QueryKey>({
  label,
  pageAt,
  columns,
  row,
  empty,
  className,
}: RecipientsListProps<T, K>) {
  // The cursors of the pages up to this one: the API knows the way forward, we know the way back.
  const [trail, setTrail] = useState<readonly (string | null)[]>([null]);
  const page = useQuery({ ...pageAt(trail.at(-1) ?? null), placeholderData: keepPreviousData });
  const next = page.data?.next_cursor ?? null;

  if (!page.data) {
    if (page.error) return <Failure error={page.error} onRetry={() => void page.refetch()} />;
    return <SkeletonRows rows={5} label="The recipients are being loaded" />;
  }
  const body = () => {
    if (page.data.items.length > 0) {
      return (
        <Table label={label} className={className}>
          <thead>
            <tr>
              {columns.map((title) => (
                <Th key={title}>
                  {title.startsWith("(") ? (
                    <span className="sr-only">{title.slice(1, -1)}</span>
                  ) : (
                    title
                  )}
                </Th>
              ))}
            </tr>
          </thead>
          <tbody>{page.data.items.map(row)}</tbody>
        </Table>
      );
    }
    return next ? (
      <p className="px-4 py-6 text-muted">None on this page. Go on to the next.</p>
    ) : (
      empty
    );
  };
  return (
    <div aria-busy={page.isPlaceholderData}>
      {body()}
      {trail.length > 1 || next ? (
        <nav
          aria-label={`Pages of ${label.toLowerCase()}`}
          className="flex items-center justify-between px-4 py-2.5"
        >
          <Button
            size="sm"
            disabled={trail.length === 1}
            onClick={() => setTrail((before) => before.slice(0, -1))}
          >
            <ChevronLeft aria-hidden />
            Back
          </Button>
          <span className="text-muted text-xs">Page {trail.length}</span>
          <Button
            size="sm"
            disabled={!next || page.isPlaceholderData}
            onClick={() => setTrail((before) => [...before, next])}
          >
            Next
            <ChevronRight aria-hidden />
          </Button>
        </nav>
      ) : null}
    </div>
  );
}
