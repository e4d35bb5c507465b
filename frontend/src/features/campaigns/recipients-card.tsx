/** What became of each recipient, page by page, of one state or of all. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, UsersRound } from "lucide-react";
import { useState } from "react";
import { Empty, Failure } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { Select } from "@/components/ui/input";
import { SkeletonRows } from "@/components/ui/skeleton";
import { Table, Td, Th } from "@/components/ui/table";
import { formatCount, formatMoment } from "@/lib/format";
import { type Recipient, recipientsQuery } from "./api";
import { type Campaign, isMoving, type MessageState, STATES } from "./ledger";
import { MESSAGE_TONES, skipReason } from "./words";

function labelOf(state: MessageState): string {
  return STATES.find((one) => one.state === state)?.label ?? state;
}

/** The latest time that is known of a recipient. */
function latest(one: Recipient): string | null {
  return one.failed_at ?? one.read_at ?? one.delivered_at ?? one.sent_at ?? one.accepted_at;
}

function detailOf(one: Recipient): string {
  if (one.state === "skipped") return one.reason ? skipReason(one.reason) : "";
  if (one.error_code === null) return one.reason ?? "";
  return one.reason ? `${one.reason} (${one.error_code})` : `Code ${one.error_code}`;
}

function Rows({ items }: { items: readonly Recipient[] }) {
  return (
    <Table label="Recipients" className="min-w-152">
      <thead>
        <tr>
          <Th>To</Th>
          <Th>State</Th>
          <Th>Since</Th>
          <Th>Detail</Th>
          <Th>
            <span className="sr-only">Conversation</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => {
          const at = latest(one);
          return (
            <tr key={one.contact_id}>
              <Td className="tabular whitespace-nowrap font-medium">{one.to || "No address"}</Td>
              <Td>
                <Badge tone={MESSAGE_TONES[one.state]}>{labelOf(one.state)}</Badge>
              </Td>
              <Td className="tabular whitespace-nowrap text-muted">
                {at ? formatMoment(at) : "–"}
              </Td>
              <Td className="min-w-44 text-muted">{detailOf(one)}</Td>
              <Td className="text-right">
                {one.state === "skipped" ? null : (
                  <Link
                    to="/inbox/$contactId"
                    params={{ contactId: one.contact_id }}
                    aria-label={`Open the conversation with ${one.to}`}
                    className="inline-flex min-h-6 items-center text-brand-text underline-offset-2 hover:underline"
                  >
                    Open
                  </Link>
                )}
              </Td>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}

export function RecipientsCard({ campaign }: { campaign: Campaign }) {
  const [state, setState] = useState<MessageState | null>(null);
  // The cursors of the pages up to this one: the API knows the way forward, we know the way back.
  const [trail, setTrail] = useState<(string | null)[]>([null]);
  const cursor = trail.at(-1) ?? null;
  const page = useQuery({
    ...recipientsQuery(campaign.id, state, cursor, isMoving(campaign.state)),
    placeholderData: keepPreviousData,
  });
  const next = page.data?.next_cursor ?? null;

  const body = () => {
    if (!page.data) {
      if (page.error) return <Failure error={page.error} onRetry={() => void page.refetch()} />;
      return <SkeletonRows rows={5} label="The recipients are being loaded" />;
    }
    if (page.data.items.length > 0) return <Rows items={page.data.items} />;
    if (next) return <p className="px-4 py-6 text-muted">None on this page. Go on to the next.</p>;
    return (
      <Empty icon={UsersRound} title={state ? "Nobody is in this state" : "No recipients yet"}>
        {state ? "Choose another state above." : "The list is made when the campaign is launched."}
      </Empty>
    );
  };

  return (
    <Card aria-labelledby="recipients-title" aria-busy={page.isPlaceholderData}>
      <CardHeading id="recipients-title" title="Recipients">
        <Select
          aria-label="Show recipients that are"
          className="w-48"
          value={state ?? ""}
          onChange={(event) => {
            setState((event.target.value || null) as MessageState | null);
            setTrail([null]);
          }}
        >
          <option value="">All states</option>
          {STATES.map((one) => (
            <option key={one.state} value={one.state}>
              {one.label} ({formatCount(campaign.states[one.state] ?? 0)})
            </option>
          ))}
        </Select>
      </CardHeading>
      {body()}
      {trail.length > 1 || next ? (
        <nav
          aria-label="Pages of recipients"
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
    </Card>
  );
}
