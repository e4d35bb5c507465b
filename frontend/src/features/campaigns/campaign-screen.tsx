/** One campaign: what it is doing now, its funnel, its ledger, its recipients. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeft, CircleAlert } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import { toast } from "sonner";
import { Page } from "@/components/app/page";
import { Failure, Stale } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Card, CardHeading } from "@/components/ui/card";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";
import { sentenceOf } from "@/lib/api/problem";
import { formatCount, formatDuration, formatMoment, formatRate, formatShare } from "@/lib/format";
import { useCan } from "@/lib/permissions";
import { CampaignActions } from "./actions";
import {
  campaignQuery,
  numbersQuery,
  type Report,
  reportQuery,
  templatesQuery,
  useReconcile,
} from "./api";
import { audienceWords } from "./audience-words";
import { Funnel } from "./funnel";
import { type Campaign, isMoving, progressOf } from "./ledger";
import { LedgerCard } from "./ledger-card";
import { RecipientsCard } from "./recipients-card";
import { ReportCards } from "./report-cards";
import { CAMPAIGN_WORDS } from "./words";

// What only some campaigns show, or nobody reads first, comes after the rest.
const CostsCard = lazy(() => import("./costs-card"));
const DryRunCard = lazy(() => import("./dry-run-card"));

function Later({ children }: { children: ReactNode }) {
  return (
    <Suspense fallback={<Skeleton className="h-40 w-full rounded-card" />}>{children}</Suspense>
  );
}

function BackLink() {
  return (
    <Link
      to="/campaigns"
      className="mb-3 inline-flex min-h-6 items-center gap-1.5 text-muted hover:text-ink"
    >
      <ArrowLeft aria-hidden className="size-4" />
      Campaigns
    </Link>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="min-w-0 px-4 py-3">
      <dt className="text-muted text-xs">{term}</dt>
      <dd className="tabular wrap-anywhere font-medium">{children}</dd>
    </div>
  );
}

interface Pace {
  rate: string;
  term: string;
  time: string;
}

/** How fast sending is and how long it will take; afterwards, how fast it was and how long it took. */
function paceOf(campaign: Campaign, report: Report | undefined): Pace {
  const none = { rate: "–", term: "Time left", time: "–" };
  if (campaign.state === "running") {
    return {
      ...none,
      rate: campaign.rate_per_s === null ? "–" : formatRate(campaign.rate_per_s),
      time: campaign.eta_s === null ? "–" : `about ${formatDuration(campaign.eta_s)}`,
    };
  }
  if (!report?.launched_at || !report.sending_finished_at) return none;
  const ms = Date.parse(report.sending_finished_at) - Date.parse(report.launched_at);
  const handed = campaign.audience - (campaign.states.skipped ?? 0);
  return {
    rate: ms > 0 ? `${formatRate(handed / (ms / 1000))} on average` : "–",
    term: "Sending took",
    time: formatDuration(ms / 1000),
  };
}

function Facts({ campaign }: { campaign: Campaign }) {
  const numbers = useQuery(numbersQuery);
  const templates = useQuery(templatesQuery);
  const number = numbers.data?.items.find((one) => one.id === campaign.number_id);
  const template = templates.data?.find((one) => one.id === campaign.template_id);
  const report = useQuery(reportQuery(campaign.id, isMoving(campaign.state)));
  const pace = paceOf(campaign, report.data);
  return (
    <Card aria-label="Now" className="mb-4">
      <div className="border-b px-4 py-3">
        <div className="mb-2 flex flex-wrap items-baseline justify-between gap-x-4">
          <p>{CAMPAIGN_WORDS[campaign.state].now}</p>
          {campaign.audience > 0 ? (
            <p className="tabular font-semibold">
              {formatShare(progressOf(campaign) * campaign.audience, campaign.audience)} handed over
            </p>
          ) : null}
        </div>
        <div
          role="progressbar"
          aria-label="Handed over to WhatsApp, or skipped"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.floor(progressOf(campaign) * 100)}
          className="h-1.5 overflow-hidden rounded-full bg-sunken"
        >
          <div
            className="h-full rounded-full bg-brand transition-[width] duration-700"
            style={{ width: `${progressOf(campaign) * 100}%` }}
          />
        </div>
      </div>
      <dl className="grid grid-cols-2 sm:grid-cols-3 lg:grid-cols-6">
        <Fact term="Rate">{pace.rate}</Fact>
        <Fact term={pace.term}>{pace.time}</Fact>
        <Fact term="Launched">
          {campaign.launched_at ? formatMoment(campaign.launched_at) : "Not yet"}
        </Fact>
        <Fact term="Template">{template ? `${template.name} · ${template.language}` : "–"}</Fact>
        <Fact term="To">{audienceWords(campaign.audience_of)}</Fact>
        <Fact term="From">{number ? number.display_phone_number : "–"}</Fact>
      </dl>
    </Card>
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
        To {audienceWords(campaign.audience_of)}. The recipients are chosen when you launch; from
        then on, each of them is in the ledger here.
      </p>
    </Card>
  );
}

function Loading() {
  return (
    <Page title="Campaign" above={<BackLink />}>
      <Skeleton className="mb-4 h-28 w-full rounded-card" />
      <Card>
        <SkeletonRows rows={6} label="The campaign is being loaded" />
      </Card>
    </Page>
  );
}

export function CampaignScreen({ id }: { id: string }) {
  const query = useQuery(campaignQuery(id));
  const reconcile = useReconcile(id);
  const canWrite = useCan("campaigns:write");
  const campaign = query.data;

  if (!campaign) {
    if (!query.error) return <Loading />;
    return (
      <Page title="Campaign" above={<BackLink />}>
        <Card>
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        </Card>
      </Page>
    );
  }

  const words = CAMPAIGN_WORDS[campaign.state];
  const isLive = isMoving(campaign.state);
  const recount = () =>
    reconcile.mutate(undefined, {
      onSuccess: (report) =>
        report.reconciled
          ? toast.success(
              `Recounted: ${formatCount(report.audience)} recipients, all accounted for.`,
            )
          : toast.error("Recounted: the rows do not add up to the audience."),
      onError: (error) => toast.error(sentenceOf(error)),
    });

  return (
    <Page
      title={campaign.name}
      above={<BackLink />}
      beside={<Badge tone={words.tone}>{words.label}</Badge>}
      actions={canWrite ? <CampaignActions campaign={campaign} /> : null}
    >
      <p role="status" className="sr-only">
        {campaign.name}: {words.label}
      </p>
      {query.error ? <Stale error={query.error} onRetry={() => void query.refetch()} /> : null}
      {campaign.state_reason ? (
        <p className="mb-4 flex items-start gap-2 rounded-control bg-accent-soft px-3 py-2 text-accent-text">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {campaign.state_reason}
        </p>
      ) : null}
      <Facts campaign={campaign} />
      {campaign.state === "draft" ? (
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
              <ReportCards id={id} isLive={isLive} />
            </div>
            <div className="flex min-w-0 flex-col gap-4">
              <LedgerCard
                campaign={campaign}
                onRecount={canWrite ? recount : undefined}
                isRecounting={reconcile.isPending}
              />
              <Later>
                <CostsCard id={id} isLive={isLive} />
              </Later>
            </div>
          </div>
          <div className="mt-4">
            <RecipientsCard campaign={campaign} />
          </div>
        </>
      )}
    </Page>
  );
}
