/** All templates: the languages of one name together, each with its status, quality and trouble. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FileText, Plus, SearchX, TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { Page } from "@/components/app/page";
import { Empty, Failure, Stale } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { formatMoment } from "@/lib/format";
import { useCan } from "@/lib/permissions";
import { type Filters, numbersQuery, type Template, templatesQuery } from "./api";
import { FilterBar } from "./filter-bar";
import { type Group, groupsOf } from "./groups";
import { SyncButton } from "./sync-button";
import { categoryLabel, languageName, pausedUntil, QUALITY_WORDS, statusWords } from "./words";

function NewTemplate() {
  return (
    <Button asChild variant="primary">
      <Link to="/templates/new">
        <Plus aria-hidden />
        New template
      </Link>
    </Button>
  );
}

/** The one line that somebody should know of a language before opening it. */
export function troubleOf(template: Template): string | null {
  if (template.rejection) return template.rejection.reason;
  if (template.pause) return pausedUntil(template);
  if (template.category_change) {
    const { correct_category, effective_at } = template.category_change;
    return `Becomes ${categoryLabel(correct_category).toLowerCase()} on ${formatMoment(effective_at)}`;
  }
  return null;
}

function Language({ template }: { template: Template }) {
  const words = statusWords(template.status);
  const quality = QUALITY_WORDS[template.quality.score];
  const trouble = troubleOf(template);
  return (
    <li>
      <Link
        to="/templates/$id"
        params={{ id: template.id }}
        className="block px-4 py-2.5 -outline-offset-2 hover:bg-sunken/60"
      >
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <span className="min-w-0 flex-1 basis-40 truncate font-medium">
            {languageName(template.language)}{" "}
            <span className="font-normal text-muted text-xs">{template.language}</span>
          </span>
          <span className="flex flex-wrap gap-1.5">
            <Badge tone={words.tone}>{words.label}</Badge>
            {quality && template.quality.score !== "UNKNOWN" ? (
              <Badge tone={quality.tone}>{quality.label}</Badge>
            ) : null}
          </span>
        </span>
        {trouble ? (
          <span className="mt-1 flex items-start gap-1.5 text-accent-text text-xs">
            <TriangleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
            {trouble}
          </span>
        ) : null}
      </Link>
    </li>
  );
}

function Name({ group, of }: { group: Group; of: string | null }) {
  const [first] = group.languages;
  const categories = [...new Set(group.languages.map(({ category }) => categoryLabel(category)))];
  return (
    <li className="py-2">
      <div className="px-4 pt-1.5 pb-1">
        <h2 className="wrap-anywhere text-[0.9375rem]">{group.name}</h2>
        <p className="text-muted text-xs">
          {categories.join(", ")}
          {of ? ` · ${of}` : ""}
        </p>
        <p dir="auto" className="mt-1 line-clamp-2 text-muted">
          {first?.body}
        </p>
      </div>
      <ul aria-label={`Languages of ${group.name}`}>
        {group.languages.map((template) => (
          <Language key={template.id} template={template} />
        ))}
      </ul>
    </li>
  );
}

interface TemplateListProps {
  filters: Filters;
  onFilters: (filters: Filters) => void;
}

export function TemplateListScreen({ filters, onFilters }: TemplateListProps) {
  const [search, setSearch] = useState("");
  const query = useInfiniteQuery(templatesQuery(filters));
  const numbers = useQuery(numbersQuery);
  const canWrite = useCan("templates:write");
  const templates = query.data?.pages.flatMap((page) => page.items);
  const groups = groupsOf(templates ?? [], search);
  const isFiltered = Object.keys(filters).length > 0 || search !== "";
  const accounts = new Map((numbers.data?.items ?? []).map((one) => [one.waba_id, one]));

  // The search is over what is loaded, so while somebody searches the rest is loaded too.
  const { hasNextPage, isFetching, fetchNextPage } = query;
  useEffect(() => {
    if (search && hasNextPage && !isFetching) void fetchNextPage();
  }, [search, hasNextPage, isFetching, fetchNextPage]);

  const body = () => {
    if (!templates) {
      if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
      return <SkeletonRows rows={5} label="The templates are being loaded" />;
    }
    if (groups.length === 0 && isFiltered) {
      return (
        <Empty
          icon={SearchX}
          title="No template fits"
          action={
            <Button
              onClick={() => {
                setSearch("");
                onFilters({});
              }}
            >
              Show all
            </Button>
          }
        >
          Change the filters, or take them away.
        </Empty>
      );
    }
    if (groups.length === 0) {
      return (
        <Empty
          icon={FileText}
          title="No templates yet"
          action={canWrite ? <NewTemplate /> : undefined}
        >
          WhatsApp allows a first message, and any message after 24 hours, only from a template that
          it approved. Have you made some in WhatsApp Manager? Sync brings them here.
        </Empty>
      );
    }
    return (
      <ul aria-label="Templates by name" className="divide-y">
        {groups.map((group) => (
          <Name
            key={group.key}
            group={group}
            of={accounts.size > 1 ? (accounts.get(group.wabaId)?.verified_name ?? null) : null}
          />
        ))}
      </ul>
    );
  };

  return (
    <Page
      title="Templates"
      lead="The messages that WhatsApp lets you begin a conversation with."
      actions={
        canWrite ? (
          <>
            <SyncButton />
            {templates?.length ? <NewTemplate /> : null}
          </>
        ) : null
      }
    >
      {templates && query.error ? (
        <Stale error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      <FilterBar
        filters={filters}
        search={search}
        numbers={numbers.data?.items ?? []}
        onFilters={onFilters}
        onSearch={setSearch}
      />
      <Card aria-label="Templates" aria-busy={query.isPlaceholderData} className="overflow-hidden">
        {body()}
      </Card>
      {query.hasNextPage ? (
        <div className="mt-4 text-center">
          <Button isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show older templates
          </Button>
        </div>
      ) : null}
    </Page>
  );
}
