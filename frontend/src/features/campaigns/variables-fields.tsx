/** For each variable of the template: the contact's field that fills it, and what else to say. */
import type { FieldErrors, UseFormRegister } from "react-hook-form";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { humanise } from "@/lib/format";
import type { NewCampaignValues } from "./new-schema";

const PARTS: Record<string, string> = { header: "Header", body: "Text", button: "Button" };

/** `body.1` → `Text {{1}}`. */
function nameOf(key: string): string {
  const [part = "", index = ""] = key.split(".");
  return part === "button" ? `Button link ${index}` : `${PARTS[part] ?? part} {{${index}}}`;
}

interface VariablesFieldsProps {
  keys: readonly string[];
  fields: readonly string[];
  register: UseFormRegister<NewCampaignValues>;
  errors: FieldErrors<NewCampaignValues>["variables"];
}

export function VariablesFields({ keys, fields, register, errors }: VariablesFieldsProps) {
  return (
    <ul className="flex flex-col gap-4">
      {keys.map((key, index) => (
        <li key={key}>
          <fieldset className="grid gap-3 sm:grid-cols-[7rem_1fr_1fr]">
            <legend className="sr-only">{nameOf(key)}</legend>
            <span aria-hidden className="self-start font-medium sm:pt-8">
              {nameOf(key)}
            </span>
            <input type="hidden" {...register(`variables.${index}.key`)} value={key} />
            <Field label="Field of the contact" error={errors?.[index]?.field?.message}>
              {(control) => (
                <Select {...control} {...register(`variables.${index}.field`)}>
                  <option value="">None, same text for all</option>
                  {fields.map((field) => (
                    <option key={field} value={field}>
                      {humanise(field)}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <Field label="If that is empty" error={errors?.[index]?.fallback?.message}>
              {(control) => <Input {...control} {...register(`variables.${index}.fallback`)} />}
            </Field>
          </fieldset>
        </li>
      ))}
    </ul>
  );
}
