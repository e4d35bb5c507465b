/** One template: how it looks, what it needs, what Meta says of it, and what can be done. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense } from "react";
import { BackLink } from "@/components/app/back-link";
import { Page } from "@/components/app/page";
import { PhonePreview } from "@/components/app/phone-preview";
import { Failure, Stale } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Card, CardHeading } from "@/components/ui/card";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";
import { formatMoment } from "@/lib/format";
import { useCan } from "@/lib/permissions";
import { languagesQuery, type Template, templateQuery } from "./api";
import { whyFixed } from "./editable";
import { historyOf } from "./history";
import { Notices } from "./notices";
import { categoryLabel, languageName, QUALITY_WORDS, statusWords, variableName } from "./words";

// Nobody's first need: they come after the template itself.
const LazyActions = lazy(() =>
  import("./actions").then(({ TemplateActions }) => ({ default: TemplateActions })),
);

const BACK = <BackLink to="/templates">Templates</BackLink>;

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="min-w-0 px-4 py-2.5">
      <dt className="text-muted text-xs">{term}</dt>
      <dd className="wrap-anywhere font-medium">{children}</dd>
    </div>
  );
}

function Facts({ template }: { template: Template }) {
  const quality = QUALITY_WORDS[template.quality.score];
  return (
    <Card aria-label="About it">
      <dl className="grid grid-cols-2 py-1 sm:grid-cols-3">
        <Fact term="Category">{categoryLabel(template.category)}</Fact>
        <Fact term="Language">{languageName(template.language)}</Fact>
        <Fact term="Quality">{quality?.label ?? template.quality.score}</Fact>
        <Fact term="Can be sent">{template.is_sendable ? "Yes" : "No"}</Fact>
        <Fact term="WhatsApp keeps trying for">
          {template.message_send_ttl_seconds === null
            ? "Its own time"
            : template.message_send_ttl_seconds === -1
              ? "30 days"
              : `${template.message_send_ttl_seconds} s`}
        </Fact>
        <Fact term="Id at Meta">{template.meta_template_id}</Fact>
      </dl>
      {whyFixed(template) ? (
        <p className="border-t px-4 py-2.5 text-muted text-xs">{whyFixed(template)}</p>
      ) : null}
    </Card>
  );
}

function Variables({ template }: { template: Template }) {
  const rows = [
    ...template.variables.map((key) => ({ key, isNeeded: true })),
    ...template.optional_variables.map((key) => ({ key, isNeeded: false })),
  ];
  return (
    <Card aria-labelledby="variables-title">
      <CardHeading id="variables-title" title="What a message needs" />
      {rows.length === 0 ? (
        <p className="px-4 py-3 text-muted">Nothing: it is the same for everybody.</p>
      ) : (
        <ul className="divide-y">
          {rows.map(({ key, isNeeded }) => (
            <li
              key={key}
              className="flex flex-wrap items-baseline justify-between gap-x-4 px-4 py-2"
            >
              <span className="font-medium">{variableName(key)}</span>
              <span className="text-muted text-xs">
                <code className="font-mono">{key}</code>
                {isNeeded ? "" : " · may be left out"}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function History({ template }: { template: Template }) {
  return (
    <Card aria-labelledby="history-title">
      <CardHeading id="history-title" title="History" />
      <ol className="divide-y">
        {historyOf(template).map(({ at, text }) => (
          <li key={`${at} ${text}`} className="flex flex-wrap justify-between gap-x-4 px-4 py-2">
            <span>{text}</span>
            <time dateTime={at} className="text-muted text-xs">
              {formatMoment(at)}
            </time>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function OtherLanguages({ others }: { others: readonly Template[] }) {
  if (others.length === 0) return null;
  return (
    <Card aria-labelledby="others-title">
      <CardHeading id="others-title" title="Other languages" />
      <ul className="divide-y">
        {others.map((other) => {
          const words = statusWords(other.status);
          return (
            <li key={other.id}>
              <Link
                to="/templates/$id"
                params={{ id: other.id }}
                className="flex items-center justify-between gap-3 px-4 py-2.5 -outline-offset-2 hover:bg-sunken/60"
              >
                <span className="truncate font-medium">{languageName(other.language)}</span>
                <Badge tone={words.tone}>{words.label}</Badge>
              </Link>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

function Loading() {
  return (
    <Page title="Template" above={BACK}>
      <Skeleton className="mb-4 h-24 w-full rounded-card" />
      <Card>
        <SkeletonRows rows={4} label="The template is being loaded" />
      </Card>
    </Page>
  );
}

export function TemplateScreen({ id }: { id: string }) {
  const query = useQuery(templateQuery(id));
  const template = query.data;
  const name = template?.name ?? "";
  const languages = useQuery({ ...languagesQuery(name), enabled: name !== "" });
  const canWrite = useCan("templates:write");

  if (!template) {
    if (!query.error) return <Loading />;
    return (
      <Page title="Template" above={BACK}>
        <Card>
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        </Card>
      </Page>
    );
  }
  const words = statusWords(template.status);
  const others = (languages.data?.items ?? []).filter(
    (one) => one.id !== id && one.waba_id === template.waba_id,
  );
  return (
    <Page
      title={template.name}
      above={BACK}
      beside={<Badge tone={words.tone}>{words.label}</Badge>}
      lead={`${languageName(template.language)}. ${words.now}`}
      actions={
        canWrite ? (
          <Suspense>
            <LazyActions template={template} others={others.length} />
          </Suspense>
        ) : null
      }
    >
      {query.error ? <Stale error={query.error} onRetry={() => void query.refetch()} /> : null}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <Notices template={template} />
          <Facts template={template} />
          <Variables template={template} />
          <History template={template} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Card aria-labelledby="preview-title" className="overflow-hidden">
            <CardHeading id="preview-title" title="Preview" />
            <PhonePreview message={template.preview} />
          </Card>
          <OtherLanguages others={others} />
        </div>
      </div>
    </Page>
  );
}
