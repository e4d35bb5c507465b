/** Page by page, everybody of a dry run: their values, or why they would get nothing. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";
import { Failure } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { SkeletonRows } from "@/components/ui/skeleton";
import { Table, Td, Th } from "@/components/ui/table";
import { dryRunRecipientsQuery } from "./api";
import { nameOf } from "./variables-fields";
import { skipReason } from "./words";

export function DryRunRecipients({ id, run }: { id: string; run: string }) {
  // The cursors of the pages up to this one: the API knows the way forward, we know the way back.
  const [trail, setTrail] = useState<readonly (string | null)[]>([null]);
  const page = useQuery({
    ...dryRunRecipientsQuery(id, run, trail.at(-1) ?? null),
    placeholderData: keepPreviousData,
  });
  const next = page.data?.next_cursor ?? null;
  if (!page.data) {
    return page.error ? (
      <Failure error={page.error} onRetry={() => void page.refetch()} />
    ) : (
      <SkeletonRows rows={4} label="The recipients are being loaded" />
    );
  }
  return (
    <div className="border-t" aria-busy={page.isPlaceholderData}>
      <Table label="Everybody of the dry run">
        <thead>
          <tr>
            <Th>To</Th>
            <Th>Would get</Th>
          </tr>
        </thead>
        <tbody>
          {page.data.items.map((one) => (
            <tr key={one.contact_id}>
              <Td className="tabular whitespace-nowrap">{one.to || "No address"}</Td>
              <Td>
                {one.skip ? (
                  <Badge tone="warn">{skipReason(one.skip)}</Badge>
                ) : (
                  <span className="wrap-anywhere text-muted text-xs">
                    {Object.entries(one.values)
                      .map(([key, value]) => `${nameOf(key)}: ${value}`)
                      .join(" · ") || "The template as it is"}
                  </span>
                )}
              </Td>
            </tr>
          ))}
        </tbody>
      </Table>
      <nav
        aria-label="Pages of the dry run"
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
    </div>
  );
}
