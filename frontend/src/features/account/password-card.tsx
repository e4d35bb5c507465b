/** Another password: the present one proves who asks. */
import { type FormEvent, useRef, useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";
import { PASSWORD_HINT, passwordProblem } from "@/lib/password";
import { useChangePassword } from "./api";

const EMPTY = { present: "", next: "" };

/** Which box an error is about, and its words there. */
function placed(error: unknown): Partial<typeof EMPTY> {
  if (!(error instanceof ApiProblem)) return {};
  if (error.code === "wrong_credentials") return { present: error.message };
  const next = error.fields.find(({ field }) => field === "new_password")?.message;
  return next ? { next } : {};
}

export function PasswordCard({ email }: { email: string }) {
  const change = useChangePassword();
  const [values, setValues] = useState(EMPTY);
  const [isChecked, setIsChecked] = useState(false);
  const present = useRef<HTMLInputElement>(null);
  const said = placed(change.error);
  const problems = {
    present: values.present ? undefined : "Enter the password that you have now.",
    next: passwordProblem(values.next),
  };
  const shown: Partial<typeof problems> = isChecked ? problems : {};
  const type = (some: Partial<typeof EMPTY>) => {
    setValues({ ...values, ...some });
    change.reset();
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (problems.present || problems.next) return;
    change.mutate(
      { current_password: values.present, new_password: values.next },
      {
        onSuccess: () => {
          setValues(EMPTY);
          setIsChecked(false);
          toast.success("Your password is changed. You are signed out everywhere else.");
        },
        onError: () => present.current?.focus(),
      },
    );
  }

  return (
    <Card aria-labelledby="password-title">
      <CardHeading id="password-title" title="Password" />
      <form noValidate className="flex flex-col gap-4 p-4 sm:p-5" onSubmit={submit}>
        <FormError>
          {change.error && Object.keys(said).length === 0 ? sentenceOf(change.error) : undefined}
        </FormError>
        {/* For password managers: whose password it is. */}
        <input type="hidden" name="username" autoComplete="username" value={email} />
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <Field label="Present password" error={shown.present ?? said.present}>
            {(control) => (
              <Input
                {...control}
                ref={present}
                type="password"
                autoComplete="current-password"
                value={values.present}
                onChange={(event) => type({ present: event.target.value })}
              />
            )}
          </Field>
          <Field label="New password" hint={PASSWORD_HINT} error={shown.next ?? said.next}>
            {(control) => (
              <Input
                {...control}
                type="password"
                autoComplete="new-password"
                value={values.next}
                onChange={(event) => type({ next: event.target.value })}
              />
            )}
          </Field>
        </div>
        <Button type="submit" className="self-start" isBusy={change.isPending}>
          Change the password
        </Button>
      </form>
    </Card>
  );
}
