/** All campaigns, newest first, each with its state and its ledger as a bar. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Megaphone, Plus, SlidersHorizontal } from "lucide-react";
import { Page } from "@/components/app/page";
import { Empty, Failure, Stale } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { formatCount, formatRecent, formatShare } from "@/lib/format";
import { useCan } from "@/lib/permissions";
import { formatIn } from "@/lib/time-zone";
import { useNow } from "@/lib/use-now";
import { campaignsQuery } from "./api";
import { type Campaign, funnelOf } from "./ledger";
import { StateBar } from "./state-bar";
import { CAMPAIGN_WORDS } from "./words";

function NewCampaign() {
  return (
    <Button asChild variant="primary">
      <Link to="/campaigns/new">
        <Plus aria-hidden />
        New campaign
      </Link>
    </Button>
  );
}

function Row({ campaign, now }: { campaign: Campaign; now: Date }) {
  const words = CAMPAIGN_WORDS[campaign.state];
  const [audience, ...stages] = funnelOf(campaign);
  const at = campaign.launched_at ?? campaign.created_at;
  return (
    <li>
      <Link
        to="/campaigns/$id"
        params={{ id: campaign.id }}
        className="grid items-center gap-x-6 gap-y-3 px-4 py-3.5 -outline-offset-2 hover:bg-sunken/60 md:grid-cols-[minmax(0,1.1fr)_minmax(0,1fr)]"
      >
        <span className="min-w-0">
          <span className="flex items-center gap-2.5">
            <span className="truncate font-semibold text-[0.9375rem]">{campaign.name}</span>
            <Badge tone={words.tone}>{words.label}</Badge>
          </span>
          <span className="mt-0.5 block text-muted text-xs">
            {campaign.schedule
              ? `Starts ${formatIn(new Date(campaign.schedule.starts_at), campaign.schedule.time_zone)}`
              : `${campaign.launched_at ? "Launched" : "Created"} ${formatRecent(at, now)}`}
            {campaign.audience > 0 ? ` · ${formatCount(audience?.count ?? 0)} recipients` : ""}
          </span>
        </span>
        {campaign.audience > 0 ? (
          <span className="min-w-0">
            <StateBar counts={campaign.states} />
            <span className="tabular mt-2 grid grid-cols-4 gap-2">
              {stages.map((stage) => (
                <span key={stage.key} className="min-w-0 text-xs">
                  <span className="font-semibold">{formatCount(stage.count)}</span>{" "}
                  <span className="hidden text-muted sm:inline">
                    {formatShare(stage.count, campaign.audience)}
                  </span>
                  <span className="block truncate text-muted">{stage.label}</span>
                </span>
              ))}
            </span>
          </span>
        ) : (
          <span className="text-muted text-xs">{words.now}</span>
        )}
      </Link>
    </li>
  );
}

export function CampaignListScreen() {
  const query = useInfiniteQuery(campaignsQuery);
  const canWrite = useCan("campaigns:write");
  const now = useNow(60_000);
  const campaigns = query.data?.pages.flatMap((page) => page.items);

  const body = () => {
    if (!campaigns) {
      if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
      return <SkeletonRows rows={4} label="The campaigns are being loaded" />;
    }
    if (campaigns.length === 0) {
      return (
        <Empty
          icon={Megaphone}
          title="No campaigns yet"
          action={canWrite ? <NewCampaign /> : undefined}
        >
          A campaign sends an approved template to your contacts, and tells you what became of each
          message.
        </Empty>
      );
    }
    return (
      <ul className="divide-y">
        {campaigns.map((campaign) => (
          <Row key={campaign.id} campaign={campaign} now={now} />
        ))}
      </ul>
    );
  };

  return (
    <Page
      title="Campaigns"
      lead="Every recipient of every campaign, accounted for."
      actions={
        <>
          <Button asChild>
            <Link to="/settings/campaign-rules">
              <SlidersHorizontal aria-hidden />
              Rules
            </Link>
          </Button>
          {canWrite && campaigns?.length ? <NewCampaign /> : null}
        </>
      }
    >
      {campaigns && query.error ? (
        <Stale error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      <Card aria-label="Campaigns" className="overflow-hidden">
        {body()}
      </Card>
      {query.hasNextPage ? (
        <div className="mt-4 text-center">
          <Button isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show older campaigns
          </Button>
        </div>
      ) : null}
    </Page>
  );
}
