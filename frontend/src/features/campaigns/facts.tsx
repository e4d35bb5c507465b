/** What a campaign is doing now: how far and how fast, since when, what to whom from where. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Card } from "@/components/ui/card";
import { cn } from "@/lib/cn";
import { formatDuration, formatMoment, formatRate, formatShare } from "@/lib/format";
import { numbersQuery, type Report, reportQuery, templatesQuery } from "./api";
import { audienceWords } from "./audience-words";
import { deliveryWords } from "./delivery";
import { ForecastNote } from "./forecast";
import { type Campaign, progressOf } from "./ledger";
import { CAMPAIGN_WORDS } from "./words";

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

export function Facts({ campaign }: { campaign: Campaign }) {
  const numbers = useQuery(numbersQuery);
  const templates = useQuery(templatesQuery);
  const number = numbers.data?.items.find((one) => one.id === campaign.number_id);
  const template = templates.data?.find((one) => one.id === campaign.template_id);
  const report = useQuery(reportQuery(campaign.id, campaign.state));
  const pace = paceOf(campaign, report.data);
  const delivery = deliveryWords(campaign);
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
      <dl
        className={cn(
          "grid grid-cols-2 sm:grid-cols-3",
          campaign.launched_at !== null && "lg:grid-cols-6",
        )}
      >
        {campaign.launched_at ? (
          <>
            <Fact term="Rate">{pace.rate}</Fact>
            <Fact term={pace.term}>{pace.time}</Fact>
            <Fact term="Launched">{formatMoment(campaign.launched_at)}</Fact>
          </>
        ) : null}
        <Fact term="Template">{template ? `${template.name} · ${template.language}` : "–"}</Fact>
        <Fact term="To">{audienceWords(campaign.audience_of)}</Fact>
        <Fact term="From">{number ? number.display_phone_number : "–"}</Fact>
      </dl>
      {campaign.forecast ? <ForecastNote forecast={campaign.forecast} /> : null}
      {delivery.length > 0 ? (
        <p className="border-t px-4 py-2.5 text-muted text-xs">{delivery.join(". ")}.</p>
      ) : null}
    </Card>
  );
}
