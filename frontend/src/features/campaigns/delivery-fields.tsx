/** How the campaign is sent: at a time of day of each recipient's own, and to a few first. */
import { type UseFormReturn, useWatch } from "react-hook-form";
import { Choice } from "@/components/ui/choice";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import type { NewCampaignValues } from "./new-schema";

type Form = UseFormReturn<NewCampaignValues>;

function SendAt({ form }: { form: Form }) {
  const isOn = useWatch({ control: form.control, name: "hasSendAt" });
  const { errors } = form.formState;
  return (
    <div className="flex flex-col gap-3">
      <Choice
        {...form.register("hasSendAt")}
        label="At a time of day in each recipient’s own time zone"
        hint="The zone is that of their phone’s country. Whoever’s time is past today gets it tomorrow."
      />
      {isOn ? (
        <Field label="Time of day" error={errors.send_at?.message} className="ml-8 w-36">
          {(control) => <Input {...control} {...form.register("send_at")} type="time" />}
        </Field>
      ) : null}
    </div>
  );
}

function Canary({ form }: { form: Form }) {
  const [isOn, then] = useWatch({ control: form.control, name: ["hasCanary", "canary_then"] });
  const { errors } = form.formState;
  return (
    <div className="flex flex-col gap-3">
      <Choice
        {...form.register("hasCanary")}
        label="To a few first"
        hint="The rest waits until it is seen what came of them, so that a mistake reaches few."
      />
      {isOn ? (
        <div className="ml-8 flex flex-wrap items-start gap-3">
          <Field
            label="Percent of the audience"
            error={errors.canary_percent?.message}
            className="w-44"
          >
            {(control) => (
              <Input {...control} {...form.register("canary_percent")} inputMode="numeric" />
            )}
          </Field>
          <Field label="Then" className="w-56">
            {(control) => (
              <Select {...control} {...form.register("canary_then")}>
                <option value="ask">Wait until I go on</option>
                <option value="wait">Go on if it goes well</option>
              </Select>
            )}
          </Field>
          {then === "wait" ? (
            <Field
              label="After how many minutes"
              error={errors.canary_wait_min?.message}
              className="w-44"
            >
              {(control) => (
                <Input {...control} {...form.register("canary_wait_min")} inputMode="numeric" />
              )}
            </Field>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

export default function DeliveryFields({ form }: { form: Form }) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-4">
      <legend className="mb-1 font-medium text-[0.8125rem]">Sending</legend>
      <SendAt form={form} />
      <Canary form={form} />
    </fieldset>
  );
}
