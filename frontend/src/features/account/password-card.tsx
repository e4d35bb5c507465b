/** Another password: the present one proves who asks. */
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useForm } from "react-hook-form";
import { toast } from "sonner";
import * as z from "zod/mini";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ApiProblem } from "@/lib/api/problem";
import { showProblem } from "@/lib/form-problem";
import { newPassword, PASSWORD_HINT } from "@/lib/password";
import { useChangePassword } from "./api";

const schema = z.object({
  current_password: z.string().check(z.minLength(1, "Enter the password that you have now.")),
  new_password: newPassword,
});
type Values = z.infer<typeof schema>;

export function PasswordCard({ email }: { email: string }) {
  const change = useChangePassword();
  const form = useForm<Values>({
    resolver: standardSchemaResolver(schema),
    defaultValues: { current_password: "", new_password: "" },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (body) => {
    try {
      await change.mutateAsync(body);
      form.reset();
      toast.success("Your password is changed. You are signed out everywhere else.");
    } catch (error) {
      if (error instanceof ApiProblem && error.code === "wrong_credentials") {
        form.setError("current_password", { type: "server", message: error.message });
        form.setFocus("current_password");
      } else showProblem(error, form.setError, ["current_password", "new_password"]);
    }
  });

  return (
    <Card aria-labelledby="password-title">
      <CardHeading id="password-title" title="Password" />
      <form
        noValidate
        className="flex flex-col gap-4 p-4 sm:p-5"
        onSubmit={(event) => void submit(event)}
      >
        <FormError>{errors.root?.message}</FormError>
        {/* For password managers: whose password it is. */}
        <input type="hidden" name="username" autoComplete="username" value={email} />
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <Field label="Present password" error={errors.current_password?.message}>
            {(control) => (
              <Input
                {...control}
                {...form.register("current_password")}
                type="password"
                autoComplete="current-password"
              />
            )}
          </Field>
          <Field label="New password" hint={PASSWORD_HINT} error={errors.new_password?.message}>
            {(control) => (
              <Input
                {...control}
                {...form.register("new_password")}
                type="password"
                autoComplete="new-password"
              />
            )}
          </Field>
        </div>
        <Button type="submit" className="self-start" isBusy={isSubmitting}>
          Change the password
        </Button>
      </form>
    </Card>
  );
}
