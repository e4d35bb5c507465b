/** The settings of the business. */
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";
import { toast } from "sonner";
import { ZoneField } from "@/components/app/zone-field";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { Field, FormError } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";
import { countries } from "@/lib/countries";
import { type Business, businessQuery, useSaveBusiness } from "./api";
import {
  NAMES,
  type SettingsValues,
  settingsPatch,
  settingsProblems,
  settingsValues,
} from "./settings-values";

export function SettingsCard({ business, canWrite }: { business: Business; canWrite: boolean }) {
  const save = useSaveBusiness();
  const queries = useQueryClient();
  // What was read when the form was filled: a newer version elsewhere must not slip under it.
  const [before, setBefore] = useState(business);
  const [values, setValues] = useState(() => settingsValues(business));
  const [isChecked, setIsChecked] = useState(false);
  const options = useMemo(countries, []);
  const problems = isChecked ? settingsProblems(values) : {};
  const fields = save.error instanceof ApiProblem ? save.error.fields : [];
  const isStale = save.error instanceof ApiProblem && save.error.status === 412;
  const said = (name: (typeof NAMES)[number]) =>
    problems[name] ?? fields.find(({ field }) => field === name)?.message;
  const isPlaced = fields.some(({ field }) => NAMES.some((name) => name === field));
  const isSame = Object.keys(settingsPatch(before, values)).length === 0;
  const change = (some: Partial<SettingsValues>) => {
    setValues({ ...values, ...some });
    save.reset();
  };

  function begin(from: Business) {
    setBefore(from);
    setValues(settingsValues(from));
    setIsChecked(false);
    save.reset();
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (Object.keys(settingsProblems(values)).length > 0) return;
    save.mutate(
      { version: before.version, patch: settingsPatch(before, values) },
      {
        onSuccess: (saved) => {
          begin(saved);
          toast.success("Saved.");
        },
      },
    );
  }

  const box = (name: "name" | "contact_email" | "language", label: string, hint?: string) => (
    <Field label={label} hint={hint} error={said(name)}>
      {(control) => (
        <Input
          {...control}
          type={name === "contact_email" ? "email" : "text"}
          autoComplete="off"
          spellCheck={name === "name"}
          maxLength={name === "name" ? 120 : 254}
          value={values[name]}
          onChange={(event) => change({ [name]: event.target.value })}
        />
      )}
    </Field>
  );

  return (
    <Card aria-labelledby="settings-title">
      <CardHeading id="settings-title" title="Settings" />
      <form noValidate onSubmit={submit} className="p-4 sm:p-5">
        <fieldset disabled={!canWrite} className="flex min-w-0 flex-col gap-4">
          <legend className="sr-only">Settings of the business</legend>
          <FormError>{save.error && !isPlaced ? sentenceOf(save.error) : undefined}</FormError>
          {isStale ? (
            <Button
              className="self-start"
              onClick={() =>
                void queries.fetchQuery({ ...businessQuery, staleTime: 0 }).then(begin)
              }
            >
              Read it again
            </Button>
          ) : null}
          <div className="grid items-start gap-4 sm:grid-cols-2">
            {box("name", "Name")}
            <Field
              label="Country"
              hint="Phone numbers without a + are read as numbers of this country."
              error={said("country")}
            >
              {(control) => (
                <Select
                  {...control}
                  value={values.country}
                  onChange={(event) => change({ country: event.target.value })}
                >
                  {options.map(({ code, name }) => (
                    <option key={code} value={code}>
                      {name}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <ZoneField
              label="Time zone"
              hint="Of schedules and quiet hours, where nothing says another."
              placeholder="None"
              error={said("time_zone")}
              value={values.time_zone}
              onChange={(time_zone) => change({ time_zone })}
            />
            {box(
              "language",
              "Language of new templates",
              "As WhatsApp writes it: de, en_US, pt_BR.",
            )}
            {box(
              "contact_email",
              "Contact e-mail",
              "Where the operator of this platform reaches you.",
            )}
          </div>
          {canWrite ? (
            <Button
              type="submit"
              variant="primary"
              className="self-start"
              disabled={isSame}
              isBusy={save.isPending}
            >
              Save the settings
            </Button>
          ) : (
            <p className="text-muted">Your role may not change these. Ask an owner.</p>
          )}
        </fieldset>
      </form>
    </Card>
  );
}
