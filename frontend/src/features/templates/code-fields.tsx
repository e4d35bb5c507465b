/** An authentication template: the text is Meta's own, so only how the code is handed over is asked. */
import { Plus, Trash2 } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Choice } from "@/components/ui/choice";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import type { FieldProblem } from "@/lib/api/problem";
import { Counter } from "./counter";
import { type CodeDraft, newKey } from "./draft";
import { saidOf } from "./draft-request";

const WAYS = [
  { value: "COPY_CODE", label: "A button copies the code" },
  { value: "ONE_TAP", label: "A tap fills it into your Android app" },
  { value: "ZERO_TAP", label: "Your Android app takes it without a tap" },
] as const;

interface CodeFieldsProps {
  code: CodeDraft;
  places: Partial<Record<string, string>>;
  problems: readonly FieldProblem[];
  onChange: (code: CodeDraft) => void;
}

function Apps({
  code,
  button,
  problems,
  onChange,
}: Omit<CodeFieldsProps, "places"> & { button: string }) {
  const apps = (changed: CodeDraft["apps"]) => onChange({ ...code, apps: changed });
  const whole = saidOf(problems, `${button}.supported_apps`, { exactly: true });
  return (
    <div className="flex flex-col gap-3">
      <div>
        <h3 className="text-[0.8125rem]">Apps that take the code</h3>
        {whole ? <p className="text-danger-text text-xs">{whole}</p> : null}
      </div>
      {code.apps.map((app, index) => (
        <div key={app.key} className="grid items-start gap-3 sm:grid-cols-[1fr_1fr_auto]">
          {(["package_name", "signature_hash"] as const).map((name) => (
            <Field
              key={name}
              label={name === "package_name" ? "Package name" : "Hash of the signing key"}
              error={saidOf(problems, `${button}.supported_apps.${index}.${name}`)}
            >
              {(control) => (
                <Input
                  {...control}
                  autoComplete="off"
                  spellCheck={false}
                  value={app[name]}
                  onChange={(event) =>
                    apps(
                      code.apps.map((one) =>
                        one === app ? { ...one, [name]: event.target.value } : one,
                      ),
                    )
                  }
                />
              )}
            </Field>
          ))}
          <Button
            size="icon"
            variant="ghost"
            className="sm:mt-6"
            aria-label={`Remove app ${index + 1}`}
            onClick={() => apps(code.apps.filter((one) => one !== app))}
          >
            <Trash2 aria-hidden />
          </Button>
        </div>
      ))}
      {code.apps.length < 5 ? (
        <Button
          className="self-start"
          onClick={() =>
            apps([...code.apps, { key: newKey(), package_name: "", signature_hash: "" }])
          }
        >
          <Plus aria-hidden />
          Add an app
        </Button>
      ) : null}
    </div>
  );
}

export function CodeFields({ code, places, problems, onChange }: CodeFieldsProps) {
  const button = `${places.BUTTONS ?? "components.2"}.buttons.0`;
  const set = (change: Partial<CodeDraft>) => onChange({ ...code, ...change });
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted">
        The text of an authentication template is Meta’s own, in every language: it holds the code
        and nothing else.
      </p>
      <Choice
        label="Advise not to share the code"
        checked={code.withAdvice}
        onChange={(event) => set({ withAdvice: event.target.checked })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="The code expires after, in minutes"
          hint="1 to 90, told below the text; empty to leave it out."
          error={saidOf(problems, places.FOOTER)}
        >
          {(control) => (
            <Input
              {...control}
              inputMode="numeric"
              value={code.minutes}
              onChange={(event) => set({ minutes: event.target.value })}
            />
          )}
        </Field>
        <Field label="How the code is handed over">
          {(control) => (
            <Select
              {...control}
              value={code.otpType}
              onChange={(event) => set({ otpType: event.target.value as CodeDraft["otpType"] })}
            >
              {WAYS.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field
          label="Words on the copy button"
          beside={<Counter text={code.text} most={25} />}
          hint="Empty for Meta’s own, “Copy code”."
          error={saidOf(problems, `${button}.text`)}
        >
          {(control) => (
            <Input
              {...control}
              value={code.text}
              onChange={(event) => set({ text: event.target.value })}
            />
          )}
        </Field>
        {code.otpType === "COPY_CODE" ? null : (
          <Field
            label="Words of the autofill"
            beside={<Counter text={code.autofillText} most={25} />}
            hint="Empty for Meta’s own, “Autofill”."
            error={saidOf(problems, `${button}.autofill_text`)}
          >
            {(control) => (
              <Input
                {...control}
                value={code.autofillText}
                onChange={(event) => set({ autofillText: event.target.value })}
              />
            )}
          </Field>
        )}
      </div>
      {code.otpType === "COPY_CODE" ? null : (
        <Apps code={code} button={button} problems={problems} onChange={onChange} />
      )}
      {code.otpType === "ZERO_TAP" ? (
        <Choice
          label="Meta’s zero-tap terms are accepted"
          hint="People must expect the code to be filled in without them doing anything."
          error={saidOf(problems, `${button}.zero_tap_terms_accepted`)}
          checked={code.areTermsAccepted}
          onChange={(event) => set({ areTermsAccepted: event.target.checked })}
        />
      ) : null}
    </div>
  );
}
