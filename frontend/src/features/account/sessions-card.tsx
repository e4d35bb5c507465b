/** Where one is signed in, and the end of it there. */
import { useQuery } from "@tanstack/react-query";
import { MonitorSmartphone } from "lucide-react";
import { Failure } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { SkeletonRows } from "@/components/ui/skeleton";
import { sentenceOf } from "@/lib/api/problem";
import { formatMoment } from "@/lib/format";
import { type SessionItem, sessionsQuery, useEndSessions } from "./api";
import { deviceOf } from "./device";

function Row({ one, end }: { one: SessionItem; end: ReturnType<typeof useEndSessions> }) {
  const device = deviceOf(one.user_agent);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
      <MonitorSmartphone aria-hidden className="size-5 shrink-0 text-muted" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
          <span className="wrap-anywhere">{device}</span>
          {one.is_current ? <Badge tone="good">This one</Badge> : null}
        </p>
        <p className="wrap-anywhere text-muted text-xs">
          {one.source_ip ? `${one.source_ip} · ` : ""}last used {formatMoment(one.last_used_at)},
          since {formatMoment(one.created_at)}
        </p>
      </div>
      {one.is_current ? null : (
        <Button
          size="sm"
          aria-label={`Sign out ${device}, ${one.source_ip ?? "address unknown"}`}
          isBusy={end.isPending && end.variables.includes(one.id)}
          disabled={end.isPending}
          onClick={() => end.mutate([one.id])}
        >
          Sign out
        </Button>
      )}
    </li>
  );
}

export function SessionsCard() {
  const query = useQuery(sessionsQuery);
  const end = useEndSessions();
  const others = query.data?.items.filter((one) => !one.is_current).map(({ id }) => id) ?? [];

  const body = () => {
    if (query.data) {
      return (
        <ul aria-label="Where you are signed in" className="divide-y">
          {query.data.items.map((one) => (
            <Row key={one.id} one={one} end={end} />
          ))}
        </ul>
      );
    }
    if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
    return <SkeletonRows rows={2} label="Your sessions are being loaded" />;
  };

  return (
    <Card aria-labelledby="sessions-title">
      <CardHeading id="sessions-title" title="Where you are signed in">
        {others.length > 1 ? (
          <Confirm
            trigger={
              <Button size="sm" isBusy={end.isPending}>
                Sign out everywhere else
              </Button>
            }
            title="Sign out everywhere else?"
            action="Sign out everywhere else"
            keep="Stay signed in"
            tone="danger"
            onConfirm={() => end.mutate(others)}
          >
            <p>
              {others.length} other places lose their session. Pages that are open there stop
              working within 15 minutes. Here you stay signed in.
            </p>
          </Confirm>
        ) : null}
      </CardHeading>
      {end.error ? (
        <p role="alert" className="px-4 pt-3 text-danger-text">
          {sentenceOf(end.error)}
        </p>
      ) : null}
      {body()}
      <p className="border-t px-4 py-3 text-muted text-xs">
        Something you do not know? Sign it out, then change your password.
      </p>
    </Card>
  );
}
