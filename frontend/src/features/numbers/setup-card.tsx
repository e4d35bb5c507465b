/** Where a number's setup stands, and the form that goes on with it. */
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { CircleAlert, CircleCheck, CircleDashed } from "lucide-react";
import { useForm } from "react-hook-form";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { cn } from "@/lib/cn";
import { showProblem } from "@/lib/form-problem";
import { formatMoment } from "@/lib/format";
import { type Num, useChangePin, useRegister, useVerifyCode } from "./api";
import { PinNotes } from "./pin-note";
import { type PinValues, pinSchema } from "./schema";
import { VerifyForm } from "./verify-form";
import { STEP_WORDS } from "./words";

const LOOKS = {
  done: { icon: CircleCheck, word: "Done", className: "text-good-text" },
  due: { icon: CircleDashed, word: "Not done yet", className: "text-muted" },
  failed: { icon: CircleAlert, word: "Failed", className: "text-danger-text" },
} as const;

function Step({ step }: { step: Num["setup"][number] }) {
  const { icon: Icon, word, className } = LOOKS[step.state];
  const words = STEP_WORDS[step.step];
  return (
    <li className="flex items-start gap-3 px-4 py-2.5">
      <Icon aria-hidden className={cn("mt-0.5 size-4.5 shrink-0", className)} />
      <div className="min-w-0">
        <p className="font-medium">
          {words?.label ?? step.step}
          <span className={cn("ml-2 font-normal text-xs", className)}>
            {word}
            {step.state === "done" && step.at ? `, ${formatMoment(step.at)}` : ""}
          </span>
        </p>
        <p className="wrap-anywhere text-muted text-xs">
          {step.error ? `${step.error}${step.code === null ? "" : ` (${step.code})`}` : words?.why}
        </p>
      </div>
    </li>
  );
}

function usePinForm() {
  return useForm<PinValues>({
    resolver: standardSchemaResolver(pinSchema),
    defaultValues: { pin: "" },
  });
}

/** Goes on with the steps that are not done; a number with two-step verification needs its PIN. */
function GoOnForm({ number, register }: { number: Num; register: ReturnType<typeof useRegister> }) {
  const form = usePinForm();
  const submit = form.handleSubmit(async ({ pin }) => {
    try {
      await register.mutateAsync(pin);
      form.reset();
    } catch (error) {
      showProblem(error, form.setError, ["pin"]);
    }
  });
  const { errors, isSubmitting } = form.formState;
  const isRegistration = !number.is_on_biz_app;
  return (
    <form
      noValidate
      onSubmit={(event) => void submit(event)}
      className="flex flex-col gap-3 border-t p-4"
    >
      <FormError>{errors.root?.message}</FormError>
      {isRegistration ? (
        <Field
          label="PIN of two-step verification"
          hint="Only if the number has one. Otherwise leave it empty: Parley makes one up and shows it."
          error={errors.pin?.message}
          className="max-w-64"
        >
          {(control) => (
            <Input
              {...control}
              {...form.register("pin")}
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={6}
            />
          )}
        </Field>
      ) : null}
      <Button type="submit" variant="primary" className="self-start" isBusy={isSubmitting}>
        Go on with the setup
      </Button>
    </form>
  );
}

function ChangePinForm({ number }: { number: Num }) {
  const change = useChangePin(number.id);
  const form = usePinForm();
  const submit = form.handleSubmit(async ({ pin }) => {
    if (!pin) {
      form.setError("pin", { message: "Enter the new PIN: six digits." }, { shouldFocus: true });
      return;
    }
    try {
      await change.mutateAsync(pin);
      form.reset();
      toast.success("The PIN is changed.");
    } catch (error) {
      showProblem(error, form.setError, ["pin"]);
    }
  });
  const { errors, isSubmitting } = form.formState;
  return (
    <details className="border-t px-4 py-3">
      <summary className="min-h-6 cursor-pointer font-medium text-[0.8125rem]">
        Change the PIN of two-step verification
      </summary>
      <form
        noValidate
        onSubmit={(event) => void submit(event)}
        className="mt-3 flex flex-col items-start gap-3"
      >
        <FormError>{errors.root?.message}</FormError>
        <Field label="New PIN" error={errors.pin?.message}>
          {(control) => (
            <Input
              {...control}
              {...form.register("pin")}
              inputMode="numeric"
              autoComplete="new-password"
              maxLength={6}
            />
          )}
        </Field>
        <Button type="submit" isBusy={isSubmitting}>
          Change the PIN
        </Button>
      </form>
    </details>
  );
}

export function SetupCard({ number, canWrite }: { number: Num; canWrite: boolean }) {
  const isDone = number.setup.every((step) => step.state === "done");
  const isUnverified = number.status === "UNVERIFIED";
  // Kept here, not in the forms: they go away with what they did, and the PIN is shown only once.
  const register = useRegister(number.id);
  const verify = useVerifyCode(number.id);
  return (
    <Card aria-labelledby="setup-title">
      <CardHeading id="setup-title" title="Setup" />
      <ol className="divide-y">
        {number.setup.map((step) => (
          <Step key={step.step} step={step} />
        ))}
      </ol>
      <PinNotes numbers={[register.data, verify.data]} className="border-t p-4" />
      {canWrite && isUnverified ? <VerifyForm number={number} verify={verify} /> : null}
      {canWrite && !isDone && !isUnverified ? (
        <GoOnForm number={number} register={register} />
      ) : null}
      {canWrite && isDone && !number.is_on_biz_app ? <ChangePinForm number={number} /> : null}
    </Card>
  );
}
