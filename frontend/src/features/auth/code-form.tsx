/** The second factor at sign-in: a code of the authenticator app, or a recovery code. */
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";

const KINDS = {
  app: {
    label: "Code of your authenticator app",
    hint: "Six digits; a new code comes every 30 seconds.",
    other: "Use a recovery code instead",
    missing: "Write the six digits that the app shows.",
  },
  recovery: {
    label: "Recovery code",
    hint: "One of those that you kept, like k3f9-x2mv-…; each works once.",
    other: "Use the authenticator app instead",
    missing: "Write one of your recovery codes.",
  },
} as const;

interface CodeFormProps {
  /** Tries a code; what it throws is said here. */
  onCode: (code: string) => Promise<void>;
  onBack: () => void;
}

export function CodeForm({ onCode, onBack }: CodeFormProps) {
  const [kind, setKind] = useState<keyof typeof KINDS>("app");
  const [code, setCode] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const [failure, setFailure] = useState<string>();
  const box = useRef<HTMLInputElement>(null);
  const words = KINDS[kind];

  // biome-ignore lint/correctness/useExhaustiveDependencies: each kind's box is where one goes on
  useEffect(() => box.current?.focus(), [kind]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setFailure(undefined);
    const plain = code.replaceAll(/\s/g, "");
    if (plain.length < 6) {
      setWrong(words.missing);
      box.current?.focus();
      return;
    }
    setWrong(undefined);
    setIsBusy(true);
    try {
      await onCode(plain);
    } catch (error) {
      setIsBusy(false);
      if (error instanceof ApiProblem && error.code === "wrong_code") setWrong(error.message);
      else setFailure(sentenceOf(error));
      box.current?.focus();
      box.current?.select();
    }
  }

  return (
    <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
      <p role="status" className="sr-only">
        Your password is right. Now your second factor.
      </p>
      <FormError>{failure}</FormError>
      <Field label={words.label} hint={words.hint} error={wrong}>
        {(control) => (
          <Input
            {...control}
            ref={box}
            name="code"
            inputMode={kind === "app" ? "numeric" : "text"}
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={24}
            className="tabular"
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" isBusy={isBusy}>
        Sign in
      </Button>
      <div className="flex flex-wrap justify-between gap-2">
        <Button
          variant="ghost"
          size="sm"
          onClick={() => {
            setKind(kind === "app" ? "recovery" : "app");
            setCode("");
            setWrong(undefined);
          }}
        >
          {words.other}
        </Button>
        <Button variant="ghost" size="sm" onClick={onBack}>
          Back
        </Button>
      </div>
    </form>
  );
}
