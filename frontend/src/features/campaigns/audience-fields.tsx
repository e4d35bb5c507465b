/** Everybody, or the contacts with a tag. */
import { type UseFormReturn, useWatch } from "react-hook-form";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { NewCampaignValues } from "./new-schema";

const CHOICES = [
  { value: "all", label: "All contacts", detail: "Whoever asked for no more messages is skipped." },
  {
    value: "tag",
    label: "Contacts with a tag",
    detail: "A tag from your CSV file or from Parley.",
  },
] as const;

export function AudienceFields({
  form,
  tags,
}: {
  form: UseFormReturn<NewCampaignValues>;
  tags: readonly string[];
}) {
  const audience = useWatch({ control: form.control, name: "audience" });
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1.5 font-medium text-[0.8125rem]">Audience</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {CHOICES.map(({ value, label, detail }) => (
          <label
            key={value}
            className="flex cursor-pointer items-start gap-2.5 rounded-control border border-line-strong/60 p-3 has-checked:border-brand has-checked:bg-brand-soft/50"
          >
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
        ))}
      </div>
      {audience === "tag" ? (
        <Field label="Tag" error={form.formState.errors.tag?.message}>
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
    </fieldset>
  );
}
