/** The API keys: what each may do, until when, from where, and when it was last used. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { toast } from "sonner";
import { Page } from "@/components/app/page";
import { Empty, Failure, Stale } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { SkeletonRows } from "@/components/ui/skeleton";
import { sentenceOf } from "@/lib/api/problem";
import { formatMoment } from "@/lib/format";
import { actionWords, byResource, resourceWords } from "@/lib/permission-words";
import { useCan } from "@/lib/permissions";
import { useNow } from "@/lib/use-now";
import { type ApiKey, keysQuery, useRevokeKey } from "./api";

const CreateDialog = lazy(() => import("./create-dialog"));

function scopeWords(scopes: readonly string[]): string {
  return byResource(scopes)
    .map(({ resource, permissions }) => {
      const actions = permissions.map((one) => actionWords(one.split(":")[1] ?? "").toLowerCase());
      return `${resourceWords(resource)}: ${actions.join(", ")}`;
    })
    .join(" · ");
}

function Revoke({ one }: { one: ApiKey }) {
  const revoke = useRevokeKey();
  return (
    <Confirm
      trigger={
        <Button size="sm" aria-label={`Revoke ${one.name}`} isBusy={revoke.isPending}>
          Revoke
        </Button>
      }
      title={`Revoke ${one.name}?`}
      action="Revoke the key"
      keep="Keep it"
      tone="danger"
      onConfirm={() =>
        revoke.mutate(one.id, {
          onSuccess: () => toast.success(`${one.name} is good for nothing any more.`),
          onError: (error) => toast.error(sentenceOf(error)),
        })
      }
    >
      <p>What uses it is refused from now on. This cannot be taken back.</p>
    </Confirm>
  );
}

function Row({ one, canWrite }: { one: ApiKey; canWrite: boolean }) {
  const now = useNow(60_000);
  const isOver = one.expires_at !== null && Date.parse(one.expires_at) <= now.getTime();
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
          <span className="wrap-anywhere">{one.name}</span>
          {isOver ? <Badge tone="danger">Expired</Badge> : null}
        </p>
        <p className="mt-0.5 text-muted text-xs">{scopeWords(one.scopes)}</p>
        <p className="mt-0.5 text-muted text-xs">
          {one.last_used_at ? `Last used ${formatMoment(one.last_used_at)}` : "Never used"} · made{" "}
          {formatMoment(one.created_at)} ·{" "}
          {one.expires_at
            ? `${isOver ? "ended" : "ends"} ${formatMoment(one.expires_at)}`
            : "does not end"}
        </p>
        {one.networks.length > 0 ? (
          <p className="wrap-anywhere mt-0.5 text-muted text-xs">
            Only from {one.networks.join(", ")}
          </p>
        ) : null}
      </div>
      {canWrite ? <Revoke one={one} /> : null}
    </li>
  );
}

export function KeysScreen() {
  const query = useInfiniteQuery(keysQuery);
  const canWrite = useCan("api_keys:write");
  const [isMaking, setIsMaking] = useState(false);
  const keys = query.data?.pages.flatMap((page) => page.items);
  const create = (
    <Button variant="primary" onClick={() => setIsMaking(true)}>
      <Plus aria-hidden />
      New key
    </Button>
  );

  const body = () => {
    if (!keys) {
      if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
      return <SkeletonRows rows={3} label="The keys are being loaded" />;
    }
    if (keys.length === 0) {
      return (
        <Empty icon={KeyRound} title="No API keys yet" action={canWrite ? create : undefined}>
          A key lets a program of yours work with Parley: a shop that sends order messages, say.
        </Empty>
      );
    }
    return (
      <ul aria-label="API keys" className="divide-y">
        {keys.map((one) => (
          <Row key={one.id} one={one} canWrite={canWrite} />
        ))}
      </ul>
    );
  };

  return (
    <Page
      title="API keys"
      className="max-w-4xl"
      lead={
        <>
          For programs. What they can call is in{" "}
          <a
            href="/api/docs"
            className="text-brand-text underline underline-offset-2"
            target="_blank"
            rel="noreferrer"
          >
            the API’s documentation
          </a>
          .
        </>
      }
      actions={canWrite && keys?.length ? create : null}
    >
      {keys && query.error ? (
        <Stale error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      <Card aria-label="API keys">{body()}</Card>
      {query.hasNextPage ? (
        <div className="mt-4 text-center">
          <Button isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more keys
          </Button>
        </div>
      ) : null}
      <Suspense>{isMaking ? <CreateDialog onClose={() => setIsMaking(false)} /> : null}</Suspense>
    </Page>
  );
}
