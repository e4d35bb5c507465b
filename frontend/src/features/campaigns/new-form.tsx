/** A draft, new or changed: who gets which template from which number, and what fills its variables. */
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { lazy, Suspense, useEffect, useMemo } from "react";
import { useForm, useWatch } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, FormError } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import type { Schemas } from "@/lib/api/client";
import { showProblem } from "@/lib/form-problem";
import { useColumns } from "@/lib/imports";
import { fieldsOf, tagsOf } from "@/lib/sample";
import type { Contact, Template } from "./api";
import { AudienceFields } from "./audience-fields";
import { useSaveCampaign } from "./changes";
import type { Campaign } from "./ledger";
import {
  emptyValues,
  type NewCampaignValues,
  newCampaignSchema,
  toRequest,
  valuesOf,
} from "./new-schema";
import { VariablesFields } from "./variables-fields";

const Preview = lazy(() => import("./preview"));
const DeliveryFields = lazy(() => import("./delivery-fields"));

interface NewCampaignFormProps {
  numbers: readonly Schemas["NumberOut"][];
  templates: readonly Template[];
  contacts: readonly Contact[];
  /** The draft that is changed; null makes a new one. */
  draft: Campaign | null;
  /** What the form of a new one begins with, such as its audience. */
  initial?: Partial<NewCampaignValues>;
  onSaved: (id: string) => void;
}

/** A first guess: a name is what the first variable of a text nearly always is. */
function firstGuess(key: string): NewCampaignValues["variables"][number] {
  return { key, column: "", field: key === "body.1" ? "name" : "", fallback: "" };
}

export function CampaignForm({
  numbers,
  templates,
  contacts,
  draft,
  initial,
  onSaved,
}: NewCampaignFormProps) {
  const save = useSaveCampaign(draft?.id ?? null);
  const form = useForm<NewCampaignValues>({
    resolver: standardSchemaResolver(newCampaignSchema),
    defaultValues: draft
      ? valuesOf(draft)
      : {
          ...emptyValues(),
          number_id: numbers.length === 1 ? (numbers[0]?.id ?? "") : "",
          ...initial,
        },
  });
  const { errors, isSubmitting } = form.formState;
  const [numberId, templateId, variables, audience, importId] = useWatch({
    control: form.control,
    name: ["number_id", "template_id", "variables", "audience", "import_id"],
  });
  const allColumns = useColumns(importId);
  const columns = audience === "import" ? allColumns : [];

  const waba = numbers.find((one) => one.id === numberId)?.waba_id;
  const offered = templates.filter(
    (one) => numbers.find((number) => number.id === one.number_id)?.waba_id === waba,
  );
  const template = offered.find((one) => one.id === templateId);
  const fields = useMemo(() => fieldsOf(contacts), [contacts]);
  const tags = useMemo(() => tagsOf(contacts), [contacts]);

  const { getValues, setValue } = form;
  useEffect(() => {
    if (!template) return;
    // What was filled in stays where the variable is the same; optional ones only of a draft.
    const before = getValues("variables");
    const wanted = [
      ...template.variables,
      ...template.optional_variables.filter((key) => before.some((one) => one.key === key)),
    ];
    setValue(
      "variables",
      wanted.map((key) => before.find((one) => one.key === key) ?? firstGuess(key)),
    );
  }, [template, getValues, setValue]);

  const submit = form.handleSubmit(async (values) => {
    try {
      const campaign = await save.mutateAsync(toRequest(values));
      onSaved(campaign.id);
    } catch (error) {
      showProblem(error, form.setError, [
        "name",
        "number_id",
        "template_id",
        "audience",
        "variables",
        "send_at",
        "canary_percent",
      ]);
    }
  });

  return (
    <form
      noValidate
      onSubmit={(event) => void submit(event)}
      className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]"
    >
      <Card className="flex flex-col gap-5 p-4 sm:p-5" aria-label="The campaign">
        <FormError>{errors.root?.message ?? errors.variables?.message}</FormError>
        <Field label="Name" hint="Only your team sees it." error={errors.name?.message}>
          {(control) => <Input {...control} {...form.register("name")} autoComplete="off" />}
        </Field>
        <div className="grid gap-5 sm:grid-cols-2">
          <Field label="From" error={errors.number_id?.message}>
            {(control) => (
              <Select {...control} {...form.register("number_id")}>
                <option value="">Choose a number</option>
                {numbers.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.display_phone_number} · {one.verified_name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field
            label="Template"
            hint={
              waba && offered.length === 0
                ? "This number's account has no templates yet."
                : undefined
            }
            error={errors.template_id?.message}
          >
            {(control) => (
              <Select {...control} {...form.register("template_id")} disabled={!waba}>
                <option value="">{waba ? "Choose a template" : "Choose the number first"}</option>
                {offered.map((one) => (
                  <option key={one.id} value={one.id} disabled={one.status !== "APPROVED"}>
                    {one.name} · {one.language}
                    {one.status === "APPROVED" ? "" : ` (${one.status.toLowerCase()})`}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        <AudienceFields form={form} tags={tags} fields={fields} />
        {template && variables.length > 0 ? (
          <div>
            <h2 className="mb-1 text-[0.9375rem]">Variables</h2>
            <p className="mb-3 text-muted text-xs">
              A contact for whom a variable stays empty is skipped, and the report says so.
            </p>
            <VariablesFields
              form={form}
              fields={fields}
              columns={columns}
              headerFormat={template.header_format}
            />
          </div>
        ) : null}
        <Suspense fallback={<Skeleton className="h-24 w-full" />}>
          <DeliveryFields form={form} />
        </Suspense>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t pt-4">
          <Button type="submit" variant="primary" isBusy={isSubmitting}>
            {draft
              ? draft.state === "scheduled"
                ? "Save the changes"
                : "Save the draft"
              : "Create draft"}
          </Button>
          <p className="text-muted text-xs">
            Nothing is sent yet. On its own page you try it out, then launch or schedule it.
          </p>
        </div>
      </Card>
      <div className="lg:sticky lg:top-6">
        <Suspense fallback={<Skeleton className="h-64 w-full rounded-card" />}>
          <Preview
            template={template}
            fillings={
              columns.length > 0 ? variables : variables.map((one) => ({ ...one, column: "" }))
            }
            contacts={contacts}
          />
        </Suspense>
      </div>
    </form>
  );
}
