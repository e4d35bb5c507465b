/** A new business and its owner, who finish their sign-up by the link in a mail. */
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useMemo, useState } from "react";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { api, taken } from "@/lib/api/client";
import { countries, likelyCountry } from "@/lib/countries";
import { showProblem } from "@/lib/form-problem";
import { PASSWORD_HINT } from "@/lib/password";
import { type RegisterValues, registerSchema } from "./schema";

/** Says where the mail went once it was asked for; the API does not tell who has an account. */
export function RegisterForm() {
  const [mailedTo, setMailedTo] = useState<string | null>(null);
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
      setMailedTo((await taken(api.POST("/api/auth/register", { body }))).email);
    } catch (error) {
      showProblem(error, form.setError, ["business_name", "name", "email", "password", "country"]);
    }
  });

  if (mailedTo !== null) {
    return (
      <div role="status" className="flex flex-col gap-4">
        <p>
          A mail is on its way to <strong className="break-all">{mailedTo}</strong>. Its link
          finishes your sign-up; it is good for 24 hours.
        </p>
        <p className="text-muted">
          Nothing there after a few minutes? Look into the spam folder, or sign up once more.
        </p>
        <Button size="lg" onClick={() => setMailedTo(null)}>
          Back to the form
        </Button>
      </div>
    );
  }
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
