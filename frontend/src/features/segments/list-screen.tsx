/** The saved segments: who is in each, and what can be done with it. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FileDown, Filter, Plus, Send, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { toast } from "sonner";
import { ContactTabs } from "@/components/app/contact-tabs";
import { Page } from "@/components/app/page";
import { Empty, Failure, Stale } from "@/components/app/states";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { SkeletonRows } from "@/components/ui/skeleton";
import { sentenceOf } from "@/lib/api/problem";
import { formatMoment } from "@/lib/format";
import { useCan } from "@/lib/permissions";
import { describe } from "@/lib/segment-words";
import { type Segment, segmentsQuery, useDeleteSegment } from "@/lib/segments";

const ExportDialog = lazy(() => import("@/components/app/export-dialog"));

function NewSegment() {
  return (
    <Button asChild variant="primary">
      <Link to="/segments/new">
        <Plus aria-hidden />
        New segment
      </Link>
    </Button>
  );
}

function DeleteButton({ segment }: { segment: Segment }) {
  const remove = useDeleteSegment();
  return (
    <Confirm
      trigger={
        <Button
          size="icon"
          variant="ghost"
          isBusy={remove.isPending}
          aria-label={`Delete ${segment.name}`}
        >
          {remove.isPending ? null : <Trash2 aria-hidden />}
        </Button>
      }
      title={`Delete “${segment.name}”?`}
      action="Delete the segment"
      keep="Keep it"
      tone="danger"
      onConfirm={() =>
        remove.mutate(segment.id, {
          onSuccess: () => toast.success("Deleted. Its contacts stay."),
          onError: (error) => toast.error(sentenceOf(error)),
        })
      }
    >
      <p>Its contacts stay. Campaigns that were launched keep their recipients.</p>
      <p>A draft that is made for it cannot be launched until it has another audience.</p>
    </Confirm>
  );
}

interface RowProps {
  segment: Segment;
  canWrite: boolean;
  canSend: boolean;
  onExport: () => void;
}

function Row({ segment, canWrite, canSend, onExport }: RowProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <p className="truncate font-semibold text-[0.9375rem]">
          <Link
            to="/segments/$id"
            params={{ id: segment.id }}
            className="underline-offset-2 hover:underline"
          >
            {segment.name}
          </Link>
        </p>
        <p className="wrap-anywhere mt-0.5 line-clamp-2 text-muted text-xs">
          Everybody who {describe(segment.filter)}.
        </p>
        <p className="mt-0.5 text-muted text-xs">Changed {formatMoment(segment.updated_at)}</p>
      </div>
      <div className="flex items-center gap-1.5">
        {canSend ? (
          <Button asChild size="sm">
            <Link
              to="/campaigns/new"
              search={{ segment: segment.id }}
              aria-label={`Send a campaign to ${segment.name}`}
            >
              <Send aria-hidden />
              Send a campaign
            </Link>
          </Button>
        ) : null}
        {canWrite ? (
          <>
            <Button
              size="icon"
              variant="ghost"
              aria-label={`Export ${segment.name}`}
              onClick={onExport}
            >
              <FileDown aria-hidden />
            </Button>
            <DeleteButton segment={segment} />
          </>
        ) : null}
      </div>
    </li>
  );
}

export function SegmentListScreen() {
  const query = useInfiniteQuery(segmentsQuery);
  const canWrite = useCan("contacts:write");
  const canSend = useCan("campaigns:write");
  const [exported, setExported] = useState<Segment | null>(null);
  const segments = query.data?.pages.flatMap((page) => page.items);

  const body = () => {
    if (!segments) {
      if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
      return <SkeletonRows rows={4} label="The segments are being loaded" />;
    }
    if (segments.length === 0) {
      return (
        <Empty icon={Filter} title="No segments yet" action={canWrite ? <NewSegment /> : undefined}>
          A segment is a saved choice of contacts, such as those in a city who wrote this month. It
          always holds whoever meets its conditions now.
        </Empty>
      );
    }
    return (
      <ul aria-label="Segments" className="divide-y">
        {segments.map((segment) => (
          <Row
            key={segment.id}
            segment={segment}
            canWrite={canWrite}
            canSend={canSend}
            onExport={() => setExported(segment)}
          />
        ))}
      </ul>
    );
  };

  return (
    <Page title="Segments" actions={canWrite && segments?.length ? <NewSegment /> : null}>
      <ContactTabs />
      {segments && query.error ? (
        <Stale error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      <Card aria-label="Segments">{body()}</Card>
      {query.hasNextPage ? (
        <div className="mt-4 text-center">
          <Button isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show older segments
          </Button>
        </div>
      ) : null}
      {exported ? (
        <Suspense>
          <ExportDialog
            title={`Export “${exported.name}”`}
            lead="A CSV file of whoever is in the segment now. It can be imported again."
            rows="contacts"
            request={{ of: "contacts", body: { segment_id: exported.id } }}
            onClose={() => setExported(null)}
          />
        </Suspense>
      ) : null}
    </Page>
  );
}
