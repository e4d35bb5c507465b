/** One campaign: what it is doing now, its funnel, its ledger, its recipients. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useEffect, useRef } from "react";
import { toast } from "sonner";
import { BackLink } from "@/components/app/back-link";
import { Page } from "@/components/app/page";
import { Failure, Stale } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Card, CardHeading } from "@/components/ui/card";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";
import { sentenceOf } from "@/lib/api/problem";
import { formatCount } from "@/lib/format";
import { useCan } from "@/lib/permissions";
import { campaignQuery, templatesQuery } from "./api";
import { audienceWords } from "./audience-words";
import { useReconcile } from "./changes";
import { Facts } from "./facts";
import { FollowUp } from "./follow-up";
import { Funnel } from "./funnel";
import type { Campaign } from "./ledger";
import { LedgerCard } from "./ledger-card";
import type { RecipientFilters } from "./recipient-filters";
import { StateNote } from "./state-note";
import { CAMPAIGN_WORDS } from "./words";

// What nobody reads first comes after the rest: the first load has a limit.
const CampaignActions = lazy(() => import("./actions"));
const CostsCard = lazy(() => import("./costs-card"));
const DryRunCard = lazy(() => import("./dry-run-card"));
const RecipientsCard = lazy(() => import("./recipients-card"));
const ReportCards = lazy(() => import("./report-cards"));

const BACK = <BackLink to="/campaigns">Campaigns</BackLink>;

function Later({ children }: { children: ReactNode }) {
  return (
    <Suspense fallback={<Skeleton className="h-40 w-full rounded-card" />}>{children}</Suspense>
  );
}

/** What a draft has to show: no figures yet, but the words that will go out. */
function DraftCard({ campaign }: { campaign: Campaign }) {
  const templates = useQuery(templatesQuery);
  const template = templates.data?.find((one) => one.id === campaign.template_id);
  return (
    <Card aria-labelledby="draft-title">
      <CardHeading id="draft-title" title="What will be sent" />
      {template ? (
        <div className="bg-chat p-4">
          <div className="wrap-anywhere max-w-96 whitespace-pre-line rounded-lg rounded-tl-none bg-surface p-3 shadow-sm">
            {template.header ? <p className="mb-1 font-semibold">{template.header}</p> : null}
            <p>{template.body}</p>
            {template.footer ? (
              <p className="mt-1.5 text-muted text-xs">{template.footer}</p>
            ) : null}
          </div>
        </div>
      ) : (
        <SkeletonRows rows={1} label="The template is being loaded" />
      )}
      <p className="border-t px-4 py-3 text-muted">
        To {audienceWords(campaign.audience_of)}. The recipients are chosen when it starts; from
        then on, each of them is in the ledger here.
      </p>
    </Card>
  );
}

function Loading() {
  return (
    <Page title="Campaign" above={BACK}>
      <Skeleton className="mb-4 h-28 w-full rounded-card" />
      <Card>
        <SkeletonRows rows={6} label="The campaign is being loaded" />
      </Card>
    </Page>
  );
}

/** What is shown of a campaign is asked for anew when its state changes: nothing else tells that it stopped. */
function useFreshOnChange(id: string, state: Campaign["state"] | undefined): void {
  const queries = useQueryClient();
  const before = useRef(state);
  useEffect(() => {
    if (before.current !== undefined && before.current !== state) {
      for (const what of ["report", "costs", "recipients"]) {
        void queries.invalidateQueries({ queryKey: ["campaigns", what, id] });
      }
    }
    before.current = state;
  }, [queries, id, state]);
}

interface CampaignScreenProps {
  id: string;
  /** Of the recipients in sight, as they stand in the address. */
  filters: RecipientFilters;
  onFilters: (filters: RecipientFilters) => void;
}

export function CampaignScreen({ id, filters, onFilters }: CampaignScreenProps) {
  const query = useQuery(campaignQuery(id));
  const reconcile = useReconcile(id);
  const canWrite = useCan("campaigns:write");
  const campaign = query.data;
  useFreshOnChange(id, campaign?.state);

  if (!campaign) {
    if (!query.error) return <Loading />;
    return (
      <Page title="Campaign" above={BACK}>
        <Card>
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        </Card>
      </Page>
    );
  }

  const words = CAMPAIGN_WORDS[campaign.state];
  const recount = () =>
    reconcile.mutate(undefined, {
      onSuccess: (report) => {
        if (report.recounting) {
          toast.info("The recount goes on in the background; its result will appear here.");
        } else if (report.reconciled) {
          const recipients = formatCount(report.audience);
          toast.success(`Recounted: ${recipients} recipients, all accounted for.`);
        } else {
          toast.error("Recounted: the rows do not add up to the audience.");
        }
      },
      onError: (error) => toast.error(sentenceOf(error)),
    });

  return (
    <Page
      title={campaign.name}
      above={BACK}
      beside={<Badge tone={words.tone}>{words.label}</Badge>}
      actions={
        canWrite ? (
          <Suspense fallback={<Skeleton className="h-9 w-56" />}>
            <CampaignActions campaign={campaign} />
          </Suspense>
        ) : null
      }
    >
      <p role="status" className="sr-only">
        {campaign.name}: {words.label}
      </p>
      {query.error ? <Stale error={query.error} onRetry={() => void query.refetch()} /> : null}
      <StateNote campaign={campaign} />
      <Facts campaign={campaign} />
      {campaign.state === "draft" || campaign.state === "scheduled" ? (
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
          <Later>
            <DryRunCard campaign={campaign} canWrite={canWrite} />
          </Later>
          <DraftCard campaign={campaign} />
        </div>
      ) : (
        <>
          <div className="grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-[minmax(0,1.15fr)_minmax(0,1fr)]">
            <div className="flex min-w-0 flex-col gap-4">
              <Funnel campaign={campaign} />
              <Later>
                <ReportCards id={id} state={campaign.state} />
              </Later>
              {canWrite && campaign.launched_at ? <FollowUp campaign={campaign} /> : null}
            </div>
            <div className="flex min-w-0 flex-col gap-4">
              <LedgerCard
                campaign={campaign}
                onRecount={canWrite ? recount : undefined}
                isRecounting={reconcile.isPending}
              />
              <Later>
                <CostsCard id={id} state={campaign.state} />
              </Later>
            </div>
          </div>
          <div className="mt-4">
            <Later>
              <RecipientsCard
                campaign={campaign}
                filters={filters}
                onFilters={onFilters}
                canExport={canWrite}
              />
            </Later>
          </div>
        </>
      )}
    </Page>
  );
}
