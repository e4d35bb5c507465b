/** What became of each recipient, narrowed by state, code, reason and answer, or found by phone. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FileDown, Search, UsersRound } from "lucide-react";
import { type FormEvent, lazy, Suspense, useState } from "react";
import { Empty } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { Td } from "@/components/ui/table";
import { formatCount, formatMicros, formatMoment } from "@/lib/format";
import { type Recipient, type Report, recipientsQuery, reportQuery } from "./api";
import { type Campaign, STATES } from "./ledger";
import { isFiltered, type RecipientFilters, readRecipientFilters } from "./recipient-filters";
import { RecipientsList } from "./recipients-list";
import { MESSAGE_TONES, stateLabel } from "./words";

const ExportRecipients = lazy(() => import("./export-recipients"));

/** The latest time that is known of a recipient. */
function latest(one: Recipient): string | null {
  return one.failed_at ?? one.read_at ?? one.delivered_at ?? one.sent_at ?? one.accepted_at;
}

/** Why, and what to do about it; nothing where all went well. */
function Detail({ one }: { one: Recipient }) {
  const title = one.failure?.title ?? one.reason_title;
  const { charge } = one;
  return (
    <>
      {title ? (
        <span className="block">
          {title}
          {one.error_code === null ? null : (
            <span className="tabular text-muted text-xs"> {one.error_code}</span>
          )}
        </span>
      ) : null}
      {one.next_step ? <span className="block text-muted text-xs">{one.next_step}</span> : null}
      {one.answered ? (
        <span className="block text-good-text text-xs">
          Answered{one.answered_at ? ` ${formatMoment(one.answered_at)}` : ""}
        </span>
      ) : null}
      {charge && charge.micros !== null && charge.type === "regular" ? (
        <span className="tabular block text-muted text-xs">
          {formatMicros(charge.micros, charge.currency)}
        </span>
      ) : null}
    </>
  );
}

function Row({ one }: { one: Recipient }) {
  const at = latest(one);
  const who = one.name || one.to || "No address";
  return (
    <tr>
      <Td className="max-w-56">
        <span className="block truncate font-medium">{who}</span>
        {one.name && one.to ? (
          <span className="tabular block truncate text-muted text-xs">{one.to}</span>
        ) : null}
      </Td>
      <Td>
        <Badge tone={MESSAGE_TONES[one.state]}>{stateLabel(one.state)}</Badge>
      </Td>
      <Td className="tabular whitespace-nowrap text-muted">{at ? formatMoment(at) : "–"}</Td>
      <Td className="min-w-56">
        <Detail one={one} />
      </Td>
      <Td className="text-right">
        {one.state === "skipped" || one.name === null ? null : (
          <Link
            to="/inbox/$contactId"
            params={{ contactId: one.contact_id }}
            aria-label={`Open the conversation with ${who}`}
            className="inline-flex min-h-6 items-center text-brand-text underline-offset-2 hover:underline"
          >
            Open
          </Link>
        )}
      </Td>
    </tr>
  );
}

interface FilterBarProps {
  campaign: Campaign;
  report: Report | undefined;
  filters: RecipientFilters;
  onFilters: (filters: RecipientFilters) => void;
}

interface Filter {
  name: "state" | "code" | "reason" | "answered";
  label: string;
  options: { value: string; label: string }[];
}

function filtersFor({ campaign, report, filters }: Omit<FilterBarProps, "onFilters">): Filter[] {
  const codes = report?.failed.flatMap(({ code, title, count }) =>
    code === null ? [] : [{ value: String(code), label: `${title} (${formatCount(count)})` }],
  );
  const reasons = report?.skips.map(({ reason, title, count }) => ({
    value: reason,
    label: `${title} (${formatCount(count)})`,
  }));
  return [
    {
      name: "state",
      label: "State",
      options: STATES.map(({ state, label }) => ({
        value: state,
        label: `${label} (${formatCount(campaign.states[state] ?? 0)})`,
      })),
    },
    ...(codes?.length || filters.code !== undefined
      ? [{ name: "code" as const, label: "Failed because", options: codes ?? [] }]
      : []),
    ...(reasons?.length || filters.reason
      ? [{ name: "reason" as const, label: "Skipped because", options: reasons ?? [] }]
      : []),
    {
      name: "answered",
      label: "Answer",
      options: [
        { value: "true", label: `Answered (${formatCount(campaign.answered)})` },
        { value: "false", label: "Did not answer" },
      ],
    },
  ];
}

function FilterBar({ campaign, report, filters, onFilters }: FilterBarProps) {
  const choose = (name: Filter["name"], text: string) => {
    const value = name === "answered" && text !== "" ? text === "true" : text;
    onFilters(readRecipientFilters({ ...filters, [name]: value === "" ? undefined : value }));
  };
  function find(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const text = new FormData(event.currentTarget).get("find");
    onFilters(readRecipientFilters({ ...filters, find: text }));
  }
  return (
    <search className="grid grid-cols-2 items-end gap-3 border-b px-4 py-3 lg:flex lg:flex-wrap">
      {filtersFor({ campaign, report, filters }).map(({ name, label, options }) => (
        <Field key={name} label={label} className="lg:w-38">
          {(control) => (
            <Select
              {...control}
              value={String(filters[name] ?? "")}
              onChange={(event) => choose(name, event.target.value)}
            >
              <option value="">All</option>
              {options.map((option) => (
                <option key={option.value} value={option.value}>
                  {option.label}
                </option>
              ))}
              {filters[name] !== undefined &&
              !options.some(({ value }) => value === String(filters[name])) ? (
                <option value={String(filters[name])}>{String(filters[name])}</option>
              ) : null}
            </Select>
          )}
        </Field>
      ))}
      <form onSubmit={find} className="col-span-2 flex items-end gap-2">
        <Field label="Find one person" className="min-w-0 flex-1 lg:w-52">
          {(control) => (
            <Input
              key={filters.find ?? ""}
              {...control}
              name="find"
              type="search"
              defaultValue={filters.find ?? ""}
              placeholder="Phone with country code"
              maxLength={150}
              autoComplete="off"
            />
          )}
        </Field>
        <Button type="submit" size="icon" aria-label="Find">
          <Search aria-hidden />
        </Button>
      </form>
    </search>
  );
}

interface RecipientsCardProps {
  campaign: Campaign;
  filters: RecipientFilters;
  onFilters: (filters: RecipientFilters) => void;
  canExport: boolean;
}

export default function RecipientsCard({
  campaign,
  filters,
  onFilters,
  canExport,
}: RecipientsCardProps) {
  const report = useQuery(reportQuery(campaign.id, campaign.state));
  const [isExporting, setIsExporting] = useState(false);
  return (
    <Card id="recipients" aria-labelledby="recipients-title">
      <CardHeading id="recipients-title" title="Recipients">
        <span className="flex gap-2">
          {isFiltered(filters) ? (
            <Button size="sm" variant="ghost" onClick={() => onFilters({})}>
              Show all
            </Button>
          ) : null}
          {canExport && campaign.audience > 0 ? (
            <Button size="sm" onClick={() => setIsExporting(true)}>
              <FileDown aria-hidden />
              Export
            </Button>
          ) : null}
        </span>
      </CardHeading>
      <FilterBar campaign={campaign} report={report.data} filters={filters} onFilters={onFilters} />
      <RecipientsList
        key={JSON.stringify(filters)}
        label="Recipients"
        className="min-w-168"
        pageAt={(cursor) => recipientsQuery(campaign.id, filters, cursor, campaign.state)}
        columns={["To", "State", "Since", "Detail", "(Conversation)"]}
        row={(one) => <Row key={one.contact_id} one={one} />}
        empty={
          isFiltered(filters) ? (
            <Empty icon={UsersRound} title="Nobody is like that">
              Choose something else above, or show all.
            </Empty>
          ) : (
            <Empty icon={UsersRound} title="No recipients yet">
              The list is made when the campaign is launched.
            </Empty>
          )
        }
      />
      {isExporting ? (
        <Suspense>
          <ExportRecipients
            id={campaign.id}
            filters={filters}
            onClose={() => setIsExporting(false)}
          />
        </Suspense>
      ) : null}
    </Card>
  );
}
