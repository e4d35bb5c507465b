/** E-mail and password, then a code for those who have a second factor. */
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { api, taken } from "@/lib/api/client";
import { ApiProblem } from "@/lib/api/problem";
import { startSession } from "@/lib/api/session";
import { showProblem } from "@/lib/form-problem";
import { CodeForm } from "./code-form";
import { type LoginValues, loginSchema } from "./schema";

async function signIn(values: LoginValues, code?: string): Promise<void> {
  const body = {
    email: values.email.trim(),
    password: values.password,
    ...(code === undefined ? {} : { code }),
  };
  startSession(await taken(api.POST("/api/auth/login", { body })));
}

/** Calls `onSignedIn` once the session is there. */
export function LoginForm({ onSignedIn }: { onSignedIn: () => void }) {
  // What was right so far, while the code is asked for: in memory, and no longer than that.
  const [proven, setProven] = useState<LoginValues | null>(null);
  const form = useForm<LoginValues>({
    resolver: standardSchemaResolver(loginSchema),
    defaultValues: { email: "", password: "" },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (values) => {
    try {
      await signIn(values);
      onSignedIn();
    } catch (error) {
      if (error instanceof ApiProblem && error.code === "second_factor_required") {
        setProven(values);
        return;
      }
      showProblem(error, form.setError, ["email", "password"]);
      form.setFocus("password");
    }
  });

  if (proven) {
    return (
      <CodeForm
        onCode={async (code) => {
          await signIn(proven, code);
          onSignedIn();
        }}
        onBack={() => {
          setProven(null);
          form.reset({ email: proven.email, password: "" });
        }}
      />
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
      <Field label="Password" error={errors.password?.message}>
        {(control) => (
          <Input
            {...control}
            {...form.register("password")}
            type="password"
            autoComplete="current-password"
          />
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" className="mt-1" isBusy={isSubmitting}>
        Sign in
      </Button>
      <Link
        to="/forgot-password"
        className="inline-flex min-h-6 items-center self-center text-brand-text underline underline-offset-2"
      >
        Forgot your password?
      </Link>
    </form>
  );
}
