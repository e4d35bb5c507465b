/** What the business has decided for all its campaigns: its time, quiet hours, caps, and when to stop. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { toast } from "sonner";
import { BackLink } from "@/components/app/back-link";
import { Page } from "@/components/app/page";
import { Failure } from "@/components/app/states";
import { ZoneField } from "@/components/app/zone-field";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { Choice } from "@/components/ui/choice";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { SkeletonRows } from "@/components/ui/skeleton";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";
import { useCan } from "@/lib/permissions";
import { ownZone } from "@/lib/time-zone";
import { type Rules, rulesQuery } from "./api";
import { useSaveRules } from "./changes";
import { type RulesValues, rulesProblems, rulesRequest, rulesValues } from "./rules-values";

type TextName = {
  [K in keyof RulesValues]: RulesValues[K] extends string ? K : never;
}[keyof RulesValues];

function Rule({ title, id, children }: { title: string; id: string; children: ReactNode }) {
  return (
    <Card aria-labelledby={id}>
      <CardHeading id={id} title={title} />
      <div className="flex flex-col gap-4 p-4 sm:p-5">{children}</div>
    </Card>
  );
}

function RulesForm({ rules, canWrite }: { rules: Rules; canWrite: boolean }) {
  const save = useSaveRules();
  const [values, setValues] = useState(() => rulesValues(rules));
  const [isChecked, setIsChecked] = useState(false);
  const problems = isChecked ? rulesProblems(values) : {};
  const zoneSaid =
    save.error instanceof ApiProblem
      ? save.error.fields.find(({ field }) => field === "time_zone")?.message
      : undefined;
  const change = (some: Partial<RulesValues>) => {
    setValues({ ...values, ...some });
    save.reset();
  };
  const box = (name: TextName, label: string, type: string, className: string) => (
    <Field label={label} error={problems[name]} className={className}>
      {(control) => (
        <Input
          {...control}
          type={type}
          inputMode={type === "text" ? "numeric" : undefined}
          value={values[name]}
          onChange={(event) => change({ [name]: event.target.value })}
        />
      )}
    </Field>
  );

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (Object.keys(rulesProblems(values)).length > 0) return;
    save.mutate(rulesRequest(values), {
      onSuccess: () => toast.success("Saved. Campaigns that are launched from now on keep them."),
    });
  }

  return (
    <form noValidate onSubmit={submit}>
      <fieldset disabled={!canWrite} className="flex min-w-0 flex-col gap-4">
        <legend className="sr-only">The rules</legend>
        <FormError>{save.error && !zoneSaid ? sentenceOf(save.error) : undefined}</FormError>
        <Rule id="zone-title" title="Time zone">
          <ZoneField
            label="Of your business"
            hint={`Of schedules, and of recipients whose own time is not known. Here it is ${ownZone()}.`}
            error={problems.timeZone ?? zoneSaid}
            className="max-w-sm"
            placeholder="None"
            value={values.timeZone}
            onChange={(timeZone) => change({ timeZone })}
          />
        </Rule>
        <Rule id="quiet-title" title="Quiet hours">
          <Choice
            checked={values.isQuiet}
            onChange={(event) => change({ isQuiet: event.target.checked })}
            label="Send nothing during some hours"
            hint="In each recipient’s own time. A campaign waits and goes on when they are over."
          />
          {values.isQuiet ? (
            <div className="ml-8 flex flex-wrap gap-3">
              {box("start", "From", "time", "w-36")}
              {box("end", "Until", "time", "w-36")}
            </div>
          ) : null}
        </Rule>
        <Rule id="cap-title" title="Frequency cap">
          <Choice
            checked={values.isCapped}
            onChange={(event) => change({ isCapped: event.target.checked })}
            label="Limit the marketing messages to one contact"
            hint="Over all campaigns. Who has had enough is skipped, and the report says so."
          />
          {values.isCapped ? (
            <div className="ml-8 flex flex-wrap gap-3">
              {box("messages", "At most messages", "text", "w-40")}
              {box("days", "Within days", "text", "w-40")}
            </div>
          ) : null}
        </Rule>
        <Rule id="stop-title" title="Emergency stop">
          {box("failurePercent", "Pause a campaign if more percent fail", "text", "max-w-sm")}
          <p className="text-muted text-xs">
            Of its last 200 messages. It says why it paused and waits until somebody resumes it.
          </p>
        </Rule>
        {canWrite ? (
          <Button type="submit" variant="primary" className="self-start" isBusy={save.isPending}>
            Save the rules
          </Button>
        ) : (
          <p className="text-muted">Your role may not change the rules. Ask an owner.</p>
        )}
      </fieldset>
    </form>
  );
}

export function RulesScreen() {
  const query = useQuery(rulesQuery);
  const canWrite = useCan("tenant:write");
  const body = () => {
    if (query.data) return <RulesForm rules={query.data} canWrite={canWrite} />;
    return (
      <Card>
        {query.error ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <SkeletonRows rows={4} label="The rules are being loaded" />
        )}
      </Card>
    );
  };
  return (
    <Page
      title="Campaign rules"
      lead="They hold for every campaign of your business."
      className="max-w-3xl"
      above={<BackLink to="/campaigns">Campaigns</BackLink>}
    >
      {body()}
    </Page>
  );
}
