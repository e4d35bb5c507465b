/** E-mail and password. */
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { api, taken } from "@/lib/api/client";
import { startSession } from "@/lib/api/session";
import { showProblem } from "@/lib/form-problem";
import { type LoginValues, loginSchema } from "./schema";

/** Calls `onSignedIn` once the session is there. */
export function LoginForm({ onSignedIn }: { onSignedIn: () => void }) {
  const form = useForm<LoginValues>({
    resolver: standardSchemaResolver(loginSchema),
    defaultValues: { email: "", password: "" },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (values) => {
    const body = { email: values.email.trim(), password: values.password };
    try {
      startSession(await taken(api.POST("/api/auth/login", { body })));
      onSignedIn();
    } catch (error) {
      showProblem(error, form.setError, ["email", "password"]);
      form.setFocus("password");
    }
  });

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
    </form>
  );
}
