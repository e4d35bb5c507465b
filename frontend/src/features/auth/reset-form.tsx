/** The page that a reset's mail leads to: another password for whoever got the mail. */
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { api, done } from "@/lib/api/client";
import { ApiProblem } from "@/lib/api/problem";
import { endSession } from "@/lib/api/session";
import { showProblem } from "@/lib/form-problem";
import { PASSWORD_HINT } from "@/lib/password";
import { LinkOver } from "./link-over";
import { TOKEN_LACKS } from "./mail-token";
import { type ResetValues, resetSchema } from "./schema";

export function ResetForm({ token }: { token: string }) {
  const [isDone, setIsDone] = useState(false);
  const [over, setOver] = useState(token ? null : TOKEN_LACKS);
  const form = useForm<ResetValues>({
    resolver: standardSchemaResolver(resetSchema),
    defaultValues: { password: "" },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async ({ password }) => {
    try {
      await done(api.POST("/api/auth/password/reset", { body: { token, password } }));
      // The API has ended every session of this person; here it is forgotten as well.
      endSession(true);
      setIsDone(true);
    } catch (error) {
      if (error instanceof ApiProblem && error.code === "link_expired") setOver(error.message);
      else showProblem(error, form.setError, ["password"]);
    }
  });

  if (over !== null)
    return <LinkOver words={over} to="/forgot-password" action="Ask for a new link" />;
  if (isDone) {
    return (
      <div role="status" className="flex flex-col gap-4">
        <p>Your new password is set, and you are signed out everywhere.</p>
        <Button asChild variant="primary" size="lg">
          <Link to="/login">Sign in</Link>
        </Button>
      </div>
    );
  }
  return (
    <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
      <FormError>{errors.root?.message}</FormError>
      <Field label="New password" hint={PASSWORD_HINT} error={errors.password?.message}>
        {(control) => (
          <Input
            {...control}
            {...form.register("password")}
            type="password"
            autoComplete="new-password"
          />
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" isBusy={isSubmitting}>
        Set the password
      </Button>
    </form>
  );
}
