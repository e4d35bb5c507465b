/** A new business and its owner. */
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useMemo } from "react";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { api, taken } from "@/lib/api/client";
import { startSession } from "@/lib/api/session";
import { showProblem } from "@/lib/form-problem";
import { countries, likelyCountry } from "./countries";
import { type RegisterValues, registerSchema } from "./schema";

/** Calls `onSignedIn` once the account and its session are there. */
export function RegisterForm({ onSignedIn }: { onSignedIn: () => void }) {
  const form = useForm<RegisterValues>({
    resolver: standardSchemaResolver(registerSchema),
    defaultValues: {
      business_name: "",
      name: "",
      email: "",
      password: "",
      country: likelyCountry(navigator.language),
    },
  });
  const options = useMemo(countries, []);
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (values) => {
    const body = { ...values, email: values.email.trim() };
    try {
      startSession(await taken(api.POST("/api/auth/register", { body })));
      onSignedIn();
    } catch (error) {
      showProblem(error, form.setError, ["business_name", "name", "email", "password", "country"]);
    }
  });

  return (
    <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
      <FormError>{errors.root?.message}</FormError>
      <Field label="Business name" error={errors.business_name?.message}>
        {(control) => (
          <Input {...control} {...form.register("business_name")} autoComplete="organization" />
        )}
      </Field>
      <Field label="Your name" error={errors.name?.message}>
        {(control) => <Input {...control} {...form.register("name")} autoComplete="name" />}
      </Field>
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
      <Field
        label="Password"
        hint="10 characters or more. A few words are easy to keep in mind."
        error={errors.password?.message}
      >
        {(control) => (
          <Input
            {...control}
            {...form.register("password")}
            type="password"
            autoComplete="new-password"
          />
        )}
      </Field>
      <Field
        label="Country"
        hint="Phone numbers without a + are read as numbers of this country."
        error={errors.country?.message}
      >
        {(control) => (
          <Select {...control} {...form.register("country")} autoComplete="country">
            {options.map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" className="mt-1" isBusy={isSubmitting}>
        Create account
      </Button>
    </form>
  );
}
