/** For each variable of the template: the column or field that fills it, and what else to say. */
import { lazy, Suspense } from "react";
import { type UseFormReturn, useWatch } from "react-hook-form";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { humanise } from "@/lib/format";
import type { NewCampaignValues } from "./new-schema";

const MediaField = lazy(() => import("@/components/app/media-field"));

const PARTS: Record<string, string> = { header: "Header", body: "Text", button: "Button" };

/** `body.1` → `Text {{1}}`. */
export function nameOf(key: string): string {
  const [part = "", index = ""] = key.split(".");
  if (part === "card")
    return `Card ${Number(index) + 1}: ${nameOf(key.replace(/^card\.\d+\./, ""))}`;
  if (part === "button") return `Button link ${index}`;
  return index === "media" ? `${PARTS[part] ?? part} file` : `${PARTS[part] ?? part} {{${index}}}`;
}

interface VariablesFieldsProps {
  form: UseFormReturn<NewCampaignValues>;
  fields: readonly string[];
  /** Of the imported file, if the audience is one. */
  columns: readonly string[];
  headerFormat: string | null;
}

/** A column or a field in one list; the two are told apart by what stands before the dot. */
function Source({
  form,
  index,
  fields,
  columns,
  error,
}: Pick<VariablesFieldsProps, "form" | "fields" | "columns"> & {
  index: number;
  error: string | undefined;
}) {
  const [column, field] = useWatch({
    control: form.control,
    name: [`variables.${index}.column`, `variables.${index}.field`],
  });
  const known = [...new Set([...fields, field].filter(Boolean))];
  const choose = (name: "column" | "field") => (event: { target: { value: string } }) =>
    form.setValue(`variables.${index}.${name}`, event.target.value, { shouldDirty: true });
  return (
    <>
      {columns.length > 0 ? (
        <Field label="Column of the file">
          {(control) => (
            <Select {...control} value={column} onChange={choose("column")}>
              <option value="">None</option>
              {columns.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </Select>
          )}
        </Field>
      ) : null}
      <Field
        label={columns.length > 0 ? "Else, field of the contact" : "Field of the contact"}
        error={error}
      >
        {(control) => (
          <Select {...control} value={field} onChange={choose("field")}>
            <option value="">{columns.length > 0 ? "None" : "None, same text for all"}</option>
            {known.map((one) => (
              <option key={one} value={one}>
                {humanise(one)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </>
  );
}

export function VariablesFields({ form, fields, columns, headerFormat }: VariablesFieldsProps) {
  const variables = useWatch({ control: form.control, name: "variables" });
  const errors = form.formState.errors.variables;
  return (
    <ul className="flex flex-col gap-4">
      {variables.map(({ key, fallback }, index) => (
        <li key={key}>
          <fieldset
            className={
              columns.length > 0
                ? "grid gap-3 sm:grid-cols-[6rem_1fr_1fr_1fr]"
                : "grid gap-3 sm:grid-cols-[7rem_1fr_1fr]"
            }
          >
            <legend className="sr-only">{nameOf(key)}</legend>
            <span aria-hidden className="self-start font-medium sm:pt-8">
              {nameOf(key)}
            </span>
            {key.endsWith(".media") ? (
              <div className="sm:col-span-2">
                <Suspense>
                  {" "}
                  <MediaField
                    label="The file that everybody gets"
                    format={headerFormat}
                    value={fallback}
                    error={errors?.[index]?.fallback?.message}
                    onChange={(value) =>
                      form.setValue(`variables.${index}.fallback`, value, { shouldDirty: true })
                    }
                  />
                </Suspense>
              </div>
            ) : (
              <>
                <Source
                  form={form}
                  index={index}
                  fields={fields}
                  columns={columns}
                  error={errors?.[index]?.field?.message}
                />
                <Field label="If that is empty" error={errors?.[index]?.fallback?.message}>
                  {(control) => (
                    <Input {...control} {...form.register(`variables.${index}.fallback`)} />
                  )}
                </Field>
              </>
            )}
          </fieldset>
        </li>
      ))}
    </ul>
  );
}
