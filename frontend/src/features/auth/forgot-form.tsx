/** Asks for the mail that lets one set another password. */
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { api, done } from "@/lib/api/client";
import { showProblem } from "@/lib/form-problem";
import { type ForgotValues, forgotSchema } from "./schema";

/** Says that a mail comes if there is an account: the API does not tell who has one. */
export function ForgotForm() {
  const [mailedTo, setMailedTo] = useState<string | null>(null);
  const form = useForm<ForgotValues>({
    resolver: standardSchemaResolver(forgotSchema),
    defaultValues: { email: "" },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async ({ email }) => {
    const body = { purpose: "reset" as const, email: email.trim() };
    try {
      await done(api.POST("/api/auth/links", { body }));
      setMailedTo(body.email);
    } catch (error) {
      showProblem(error, form.setError, ["email"]);
    }
  });

  if (mailedTo !== null) {
    return (
      <div role="status" className="flex flex-col gap-4">
        <p>
          If <strong className="break-all">{mailedTo}</strong> has an account, a mail is on its way.
          Its link sets a new password; it is good for an hour.
        </p>
        <p className="text-muted">
          Nothing there after a few minutes? Look into the spam folder, or try another of your
          addresses.
        </p>
        <Button size="lg" onClick={() => setMailedTo(null)}>
          Ask once more
        </Button>
      </div>
    );
  }
  return (
    <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
      <FormError>{errors.root?.message}</FormError>
      <Field label="E-mail" error={errors.email?.message}>
        {(control) => (
          <Input
            {...control}
            {...form.register("email")}
            type="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" isBusy={isSubmitting}>
        Send the link
      </Button>
    </form>
  );
}
