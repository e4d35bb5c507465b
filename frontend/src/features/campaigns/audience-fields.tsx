/** Who gets the campaign: everybody, a tag, a segment, an imported list, or some of another campaign. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { type UseFormReturn, useWatch } from "react-hook-form";
import { Field, FormError } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import { sentenceOf } from "@/lib/api/problem";
import { describe } from "@/lib/segment-words";
import { segmentsQuery } from "@/lib/segments";
import { campaignsQuery } from "./api";
import type { NewCampaignValues } from "./new-schema";
import { OUTCOMES } from "./outcomes";

// Each kind of audience brings its own fields, when it is chosen.
const ImportField = lazy(() => import("./import-field"));
const FilterBuilder = lazy(() => import("@/components/app/filter-builder"));

const CHOICES = [
  { value: "all", label: "All contacts", detail: "Whoever asked for no more messages is skipped." },
  {
    value: "tag",
    label: "Contacts with a tag",
    detail: "A tag from your CSV file or from Parley.",
  },
  { value: "saved", label: "A saved segment", detail: "Whoever is in it when you launch." },
  { value: "filter", label: "Contacts that meet conditions", detail: "For this campaign only." },
  {
    value: "import",
    label: "A CSV file",
    detail: "Its contacts alone; its columns may fill variables.",
  },
  {
    value: "outcome",
    label: "Some of another campaign",
    detail: "Such as those who did not read it.",
  },
] as const;

interface AudienceFieldsProps {
  form: UseFormReturn<NewCampaignValues>;
  tags: readonly string[];
  fields: readonly string[];
}

function Choice({
  form,
  value,
  label,
  detail,
}: {
  form: AudienceFieldsProps["form"];
  value: string;
  label: string;
  detail: string;
}) {
  return (
    <label className="flex cursor-pointer items-start gap-2.5 rounded-control border border-line-strong/60 p-3 has-checked:border-brand has-checked:bg-brand-soft/50">
      <input
        type="radio"
        value={value}
        {...form.register("audience")}
        className="mt-0.5 size-4 accent-(--brand)"
      />
      <span>
        <span className="block font-medium">{label}</span>
        <span className="block text-muted text-xs">{detail}</span>
      </span>
    </label>
  );
}

/** What to say below a select over a list that may still be loading, may have failed, or may go on. */
function hintOf(
  query: { error: unknown; hasNextPage: boolean },
  items: readonly unknown[] | undefined,
  empty: string,
): string | undefined {
  if (query.error) return sentenceOf(query.error);
  if (items?.length === 0) return empty;
  return query.hasNextPage ? "Only the newest are offered." : undefined;
}

function SavedSegment({ form }: Pick<AudienceFieldsProps, "form">) {
  const query = useInfiniteQuery(segmentsQuery);
  const items = query.data?.pages.flatMap((page) => page.items);
  const chosen = useWatch({ control: form.control, name: "segment_id" });
  const segment = items?.find((one) => one.id === chosen);
  return (
    <div className="flex flex-col gap-1.5">
      <Field
        label="Segment"
        hint={hintOf(
          query,
          items,
          "No segment is saved yet. Choose “Contacts that meet conditions” instead.",
        )}
        error={form.formState.errors.segment_id?.message}
      >
        {(control) => (
          // The key sets the list's value once its options are there.
          <Select key={String(!items)} {...control} {...form.register("segment_id")}>
            <option value="">{items ? "Choose one" : "Loading…"}</option>
            {items?.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {segment ? <p className="text-muted text-xs">Who {describe(segment.filter)}.</p> : null}
    </div>
  );
}

function OtherCampaign({ form }: Pick<AudienceFieldsProps, "form">) {
  const query = useInfiniteQuery(campaignsQuery);
  const launched = query.data?.pages
    .flatMap((page) => page.items)
    .filter((one) => one.state !== "draft");
  const outcome = useWatch({ control: form.control, name: "outcome" });
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field
        label="Campaign"
        hint={hintOf(query, launched, "No campaign was launched yet.")}
        error={form.formState.errors.campaign_id?.message}
      >
        {(control) => (
          <Select key={String(!launched)} {...control} {...form.register("campaign_id")}>
            <option value="">{launched ? "Choose one" : "Loading…"}</option>
            {launched?.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Those who" error={form.formState.errors.outcome?.message}>
        {(control) => (
          <Select {...control} {...form.register("outcome")}>
            {OUTCOMES.map((one) => (
              <option key={one.outcome} value={one.outcome}>
                {one.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {outcome === "not_delivered" ? (
        <label className="flex items-start gap-2.5 sm:col-span-2">
          <input
            type="checkbox"
            {...form.register("include_unknown")}
            className="mt-0.5 size-4 accent-(--brand)"
          />
          <span>
            <span className="block">Also those of whom nobody knows whether they got it</span>
            <span className="block text-muted text-xs">
              WhatsApp did not answer when it was sent to them. Some may get it twice.
            </span>
          </span>
        </label>
      ) : null}
    </div>
  );
}

export function AudienceFields({ form, tags, fields }: AudienceFieldsProps) {
  const [audience, filter, kept] = useWatch({
    control: form.control,
    name: ["audience", "filter", "kept"],
  });
  const { errors, isSubmitted } = form.formState;
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-1.5 font-medium text-[0.8125rem]">Audience</legend>
      <FormError>{errors.audience?.message}</FormError>
      <div className="grid gap-2 sm:grid-cols-2">
        {CHOICES.map((choice) => (
          <Choice key={choice.value} form={form} {...choice} />
        ))}
        {kept ? (
          <Choice
            form={form}
            value="kept"
            label="As it was made through the API"
            detail="Several audiences together. Choose another kind to replace it."
          />
        ) : null}
      </div>
      {audience === "tag" ? (
        <Field label="Tag" error={errors.tag?.message}>
          {(control) => (
            <>
              <Input
                {...control}
                {...form.register("tag")}
                list="known-tags"
                autoComplete="off"
                autoCapitalize="none"
              />
              <datalist id="known-tags">
                {tags.map((tag) => (
                  <option key={tag} value={tag} />
                ))}
              </datalist>
            </>
          )}
        </Field>
      ) : null}
      {audience === "saved" ? <SavedSegment form={form} /> : null}
      <Suspense fallback={<Skeleton className="h-24 w-full" />}>
        {audience === "filter" ? (
          <FilterBuilder
            draft={filter}
            onChange={(draft) => form.setValue("filter", draft, { shouldValidate: isSubmitted })}
            fields={fields.filter((field) => field !== "phone")}
            tags={tags}
            isChecked={isSubmitted}
          />
        ) : null}
        {audience === "import" ? <ImportField form={form} /> : null}
      </Suspense>
      {audience === "outcome" ? <OtherCampaign form={form} /> : null}
    </fieldset>
  );
}
