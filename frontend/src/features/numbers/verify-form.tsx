/** Proving that the number is yours: Meta sends a code by text or call, which is entered here. */
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { sentenceOf } from "@/lib/api/problem";
import { type Num, useRequestCode, type useVerifyCode } from "./api";

interface VerifyFormProps {
  number: Num;
  verify: ReturnType<typeof useVerifyCode>;
}

export function VerifyForm({ number, verify }: VerifyFormProps) {
  const request = useRequestCode(number.id);
  const [code, setCode] = useState("");
  const [error, setError] = useState<string>();
  const ask = (method: "SMS" | "VOICE") =>
    request.mutate(method, {
      onSuccess: () =>
        toast.success(
          method === "SMS"
            ? `Meta sends a text to ${number.display_phone_number}.`
            : `Meta calls ${number.display_phone_number}.`,
        ),
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!/^\d{3}-?\d{3}$/.test(code.trim())) {
      setError("The code has six digits, like 123-456.");
      return;
    }
    setError(undefined);
    verify.mutate(code.trim(), {
      onSuccess: () => toast.success("The number is verified."),
    });
  };
  const refusal = request.error ?? verify.error;
  return (
    <div className="flex flex-col gap-4 border-t p-4">
      <FormError>{refusal ? sentenceOf(refusal) : undefined}</FormError>
      <div>
        <p className="mb-2 text-muted">
          First prove that the number is yours: Meta sends it a code. Its phone must be at hand.
        </p>
        <div className="flex flex-wrap gap-2">
          <Button isBusy={request.isPending} onClick={() => ask("SMS")}>
            Send a text
          </Button>
          <Button isBusy={request.isPending} onClick={() => ask("VOICE")}>
            Call instead
          </Button>
        </div>
      </div>
      <form noValidate onSubmit={submit} className="flex flex-col items-start gap-3">
        <Field label="Code" error={error}>
          {(control) => (
            <Input
              {...control}
              inputMode="numeric"
              autoComplete="one-time-code"
              value={code}
              onChange={(event) => setCode(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" variant="primary" isBusy={verify.isPending}>
          Verify the number
        </Button>
      </form>
    </div>
  );
}
