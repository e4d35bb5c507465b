/** A segment, new or changed: its name, its conditions, and how many contacts it finds now. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Lock, Send } from "lucide-react";
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { BackLink } from "@/components/app/back-link";
import FilterBuilder, { FilterCount } from "@/components/app/filter-builder";
import { Page } from "@/components/app/page";
import { Empty, Failure } from "@/components/app/states";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { SkeletonRows } from "@/components/ui/skeleton";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";
import { useCan } from "@/lib/permissions";
import { fieldsOf, sampleQuery, tagsOf } from "@/lib/sample";
import {
  emptyDraft,
  type Filter,
  type FilterDraft,
  fromFilter,
  isComplete,
  toFilter,
} from "@/lib/segment-draft";
import { describe } from "@/lib/segment-words";
import { type Segment, segmentQuery, useSaveSegment } from "@/lib/segments";

const BACK = <BackLink to="/segments">Segments</BackLink>;
const MAX_NAME = 120;

function nameProblem(name: string): string | undefined {
  const length = name.trim().length;
  if (length === 0) return "Give the segment a name that your team will know it by.";
  return length > MAX_NAME ? `Use at most ${MAX_NAME} characters.` : undefined;
}

/** A filter that is deeper than the form: it stays as it is until it is built anew. */
function KeptFilter({ filter, onReplace }: { filter: Filter; onReplace: () => void }) {
  return (
    <div className="flex flex-col items-start gap-3 rounded-control border border-line-strong/60 p-3">
      <p className="wrap-anywhere">Everybody who {describe(filter)}.</p>
      <p className="text-muted text-xs">
        This was made through the API and is nested deeper than this form. You may rename the
        segment, or build its conditions anew.
      </p>
      <FilterCount filter={filter} />
      <Button size="sm" onClick={onReplace}>
        Build the conditions anew
      </Button>
    </div>
  );
}

function SegmentForm({ segment }: { segment: Segment | null }) {
  const navigate = useNavigate();
  const save = useSaveSegment(segment?.id ?? null);
  const sample = useQuery(sampleQuery);
  const canSend = useCan("campaigns:write");
  const [name, setName] = useState(segment?.name ?? "");
  const [draft, setDraft] = useState<FilterDraft | null>(() =>
    segment ? fromFilter(segment.filter) : emptyDraft(),
  );
  const [isChecked, setIsChecked] = useState(false);
  const contacts = sample.data?.items ?? [];
  const filter = draft ? toFilter(draft) : (segment?.filter as unknown as Filter);
  const nameError =
    (isChecked ? nameProblem(name) : undefined) ??
    (save.error instanceof ApiProblem
      ? save.error.fields.find((one) => one.field === "name")?.message
      : undefined);

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (nameProblem(name) || (draft && !isComplete(draft))) return;
    save.mutate(
      { name: name.trim(), filter },
      {
        onSuccess: () => {
          toast.success(segment ? "Saved." : "The segment is saved.");
          void navigate({ to: "/segments" });
        },
      },
    );
  }

  return (
    <form noValidate onSubmit={submit}>
      <Card aria-label="The segment" className="flex flex-col gap-5 p-4 sm:p-5">
        <FormError>{save.error && !nameError ? sentenceOf(save.error) : undefined}</FormError>
        <Field label="Name" error={nameError} className="max-w-md">
          {(control) => (
            <Input
              {...control}
              value={name}
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <fieldset className="min-w-0">
          <legend className="mb-1.5 font-medium text-[0.8125rem]">Everybody who…</legend>
          {draft ? (
            <FilterBuilder
              draft={draft}
              onChange={setDraft}
              fields={fieldsOf(contacts).filter((field) => field !== "phone")}
              tags={tagsOf(contacts)}
              isChecked={isChecked}
            />
          ) : (
            <KeptFilter filter={filter} onReplace={() => setDraft(emptyDraft())} />
          )}
        </fieldset>
        <div className="flex flex-wrap items-center gap-2 border-t pt-4">
          <Button type="submit" variant="primary" isBusy={save.isPending}>
            Save the segment
          </Button>
          {segment && canSend ? (
            <Button asChild>
              <Link to="/campaigns/new" search={{ segment: segment.id }}>
                <Send aria-hidden />
                Send a campaign
              </Link>
            </Button>
          ) : null}
        </div>
      </Card>
    </form>
  );
}

function NotAllowed() {
  return (
    <Card>
      <Empty icon={Lock} title="Your role may not change segments">
        Ask an owner, an admin or a manager of your team.
      </Empty>
    </Card>
  );
}

export function NewSegmentScreen() {
  const canWrite = useCan("contacts:write");
  return (
    <Page
      title="New segment"
      lead="It always holds whoever meets the conditions at that moment."
      above={BACK}
      className="max-w-4xl"
    >
      {canWrite ? <SegmentForm segment={null} /> : <NotAllowed />}
    </Page>
  );
}

export function EditSegmentScreen({ id }: { id: string }) {
  const query = useQuery(segmentQuery(id));
  const canWrite = useCan("contacts:write");
  const segment = query.data;
  const body = () => {
    if (segment && canWrite) return <SegmentForm segment={segment} />;
    if (segment) {
      return (
        <Card aria-label="The segment" className="flex flex-col gap-2 p-4 sm:p-5">
          <p className="wrap-anywhere">Everybody who {describe(segment.filter)}.</p>
          <FilterCount filter={segment.filter as unknown as Filter} />
        </Card>
      );
    }
    return (
      <Card>
        {query.error ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <SkeletonRows rows={4} label="The segment is being loaded" />
        )}
      </Card>
    );
  };
  return (
    <Page title={segment?.name ?? "Segment"} above={BACK} className="max-w-4xl">
      {body()}
    </Page>
  );
}
