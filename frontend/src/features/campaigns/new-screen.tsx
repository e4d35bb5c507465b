/** The screen of the new-campaign form: what the form needs is loaded, or its lack is explained. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, FileText, Lock, Smartphone } from "lucide-react";
import { Page } from "@/components/app/page";
import { Empty, Failure } from "@/components/app/states";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { meQuery } from "@/lib/permissions";
import { sampleQuery } from "@/lib/sample";
import { type Contact, campaignQuery, numbersQuery, templatesQuery } from "./api";
import type { Campaign } from "./ledger";
import { CampaignForm } from "./new-form";
import type { NewCampaignValues } from "./new-schema";

/** The list begins with the nameless, who make a poor first preview. */
function namedFirst(contacts: readonly Contact[]): Contact[] {
  return [...contacts].sort((a, b) => Number(a.name === "") - Number(b.name === ""));
}

interface LoadedFormProps {
  draft: Campaign | null;
  initial?: Partial<NewCampaignValues>;
}

/** The form once all that it needs is there; else a skeleton, an error, or what is lacking. */
function LoadedForm({ draft, initial }: LoadedFormProps) {
  const navigate = useNavigate();
  const me = useQuery(meQuery);
  const numbers = useQuery(numbersQuery);
  const templates = useQuery(templatesQuery);
  const sample = useQuery(sampleQuery);
  const parts = [me, numbers, templates, sample];
  const failed = parts.find((part) => part.error && !part.data);

  if (failed) {
    const retry = () => {
      for (const part of parts) if (part.error) void part.refetch();
    };
    return (
      <Card>
        <Failure error={failed.error} onRetry={retry} />
      </Card>
    );
  }
  if (!me.data || !numbers.data || !templates.data || !sample.data) {
    return (
      <Card>
        <SkeletonRows rows={5} label="The form is being loaded" />
      </Card>
    );
  }
  if (!me.data.permissions.includes("campaigns:write")) {
    return (
      <Card>
        <Empty icon={Lock} title="Your role may not create campaigns">
          Ask an owner, an admin or a manager of {me.data.tenant.name}.
        </Empty>
      </Card>
    );
  }
  if (numbers.data.items.length === 0) {
    return (
      <Card>
        <Empty
          icon={Smartphone}
          title="Connect a WhatsApp number first"
          action={
            <Button asChild variant="primary">
              <Link to="/settings/numbers/connect">Connect a number</Link>
            </Button>
          }
        >
          Campaigns are sent from a number of your WhatsApp Business Account.
        </Empty>
      </Card>
    );
  }
  if (!templates.data.some((one) => one.status === "APPROVED")) {
    return (
      <Card>
        <Empty
          icon={FileText}
          title="No approved template yet"
          action={
            <Button asChild variant="primary">
              <Link to="/templates">See the templates</Link>
            </Button>
          }
        >
          WhatsApp allows campaigns only with templates that it approved.
        </Empty>
      </Card>
    );
  }
  return (
    <CampaignForm
      numbers={numbers.data.items}
      templates={templates.data}
      contacts={namedFirst(sample.data.items)}
      draft={draft}
      {...(initial && { initial })}
      onSaved={(id) => void navigate({ to: "/campaigns/$id", params: { id } })}
    />
  );
}

export function NewCampaignScreen({ initial }: { initial: Partial<NewCampaignValues> }) {
  return (
    <Page title="New campaign" lead="It becomes a draft, which you try out and launch.">
      <LoadedForm draft={null} initial={initial} />
    </Page>
  );
}

export function EditCampaignScreen({ id }: { id: string }) {
  const query = useQuery(campaignQuery(id));
  const campaign = query.data;
  const body = () => {
    if (!campaign) {
      return (
        <Card>
          {query.error ? (
            <Failure error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <SkeletonRows rows={5} label="The draft is being loaded" />
          )}
        </Card>
      );
    }
    if (campaign.state !== "draft" && campaign.state !== "scheduled") {
      return (
        <Card>
          <Empty icon={Lock} title="This campaign was launched">
            It cannot be changed any more. Duplicate it to send it differently.
          </Empty>
        </Card>
      );
    }
    return <LoadedForm draft={campaign} />;
  };
  return (
    <Page
      title={campaign ? `Change “${campaign.name}”` : "Change a campaign"}
      lead={campaign?.state === "scheduled" ? "It stays scheduled for its time." : undefined}
      above={
        <Link
          to="/campaigns/$id"
          params={{ id }}
          className="mb-3 inline-flex min-h-6 items-center gap-1.5 text-muted hover:text-ink"
        >
          <ArrowLeft aria-hidden className="size-4" />
          Back to the campaign
        </Link>
      }
    >
      {body()}
    </Page>
  );
}
