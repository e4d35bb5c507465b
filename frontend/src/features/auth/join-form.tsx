/** The page that an invitation leads to: a name and a password make one a member. */
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { api, taken } from "@/lib/api/client";
import { ApiProblem } from "@/lib/api/problem";
import { startSession } from "@/lib/api/session";
import { showProblem } from "@/lib/form-problem";
import { PASSWORD_HINT } from "@/lib/password";
import { LinkOver } from "./link-over";
import { TOKEN_LACKS } from "./mail-token";
import { type JoinValues, joinSchema } from "./schema";

const OVER =
  "This invitation has expired, was used or was taken back. Ask who invited you for another.";

/** Calls `onJoined` once the session is there. */
export function JoinForm({ token, onJoined }: { token: string; onJoined: () => void }) {
  const [over, setOver] = useState(token ? null : TOKEN_LACKS);
  const form = useForm<JoinValues>({
    resolver: standardSchemaResolver(joinSchema),
    defaultValues: { name: "", password: "" },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (values) => {
    try {
      startSession(await taken(api.POST("/api/auth/join", { body: { token, ...values } })));
      onJoined();
    } catch (error) {
      if (error instanceof ApiProblem && error.code === "link_expired") setOver(OVER);
      else showProblem(error, form.setError, ["name", "password"]);
    }
  });

  if (over !== null) return <LinkOver words={over} to="/login" action="Sign in" />;
  return (
    <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
      <FormError>{errors.root?.message}</FormError>
      <Field label="Your name" error={errors.name?.message}>
        {(control) => <Input {...control} {...form.register("name")} autoComplete="name" />}
      </Field>
      <Field label="Password" hint={PASSWORD_HINT} error={errors.password?.message}>
        {(control) => (
          <Input
            {...control}
            {...form.register("password")}
            type="password"
            autoComplete="new-password"
          />
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" className="mt-1" isBusy={isSubmitting}>
        Join the team
      </Button>
    </form>
  );
}
