/** Connecting with an access token and Meta's two ids; a token can be renewed in the same way. */
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { showProblem } from "@/lib/form-problem";
import { type Num, useConnect } from "./api";
import { type ConnectValues, connectSchema } from "./schema";

interface ConnectFormProps {
  first: { phone_number_id?: string; waba_id?: string };
  onConnected: (number: Num) => void;
}

export function ConnectForm({ first, onConnected }: ConnectFormProps) {
  const connect = useConnect();
  const form = useForm<ConnectValues>({
    resolver: standardSchemaResolver(connectSchema),
    defaultValues: {
      phone_number_id: first.phone_number_id ?? "",
      waba_id: first.waba_id ?? "",
      access_token: "",
    },
  });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    try {
      onConnected(await connect.mutateAsync(values));
    } catch (error) {
      showProblem(error, form.setError, ["phone_number_id", "waba_id", "access_token"]);
    }
  });
  return (
    <Card aria-labelledby="token-title">
      <CardHeading id="token-title" title="With an access token" />
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4 p-4">
        <FormError>{errors.root?.message}</FormError>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            label="Phone number id"
            hint="In WhatsApp Manager under API setup; it is not the number itself."
            error={errors.phone_number_id?.message}
          >
            {(control) => (
              <Input
                {...control}
                {...form.register("phone_number_id")}
                inputMode="numeric"
                autoComplete="off"
              />
            )}
          </Field>
          <Field
            label="Account id"
            hint="Of the WhatsApp Business Account that has the number."
            error={errors.waba_id?.message}
          >
            {(control) => (
              <Input
                {...control}
                {...form.register("waba_id")}
                inputMode="numeric"
                autoComplete="off"
              />
            )}
          </Field>
        </div>
        <Field
          label="Access token"
          hint="Of a system user, with whatsapp_business_management and whatsapp_business_messaging. It is kept encrypted and never shown again."
          error={errors.access_token?.message}
        >
          {(control) => (
            <Input
              {...control}
              {...form.register("access_token")}
              type="password"
              autoComplete="off"
              spellCheck={false}
            />
          )}
        </Field>
        <Button type="submit" variant="primary" className="self-start" isBusy={isSubmitting}>
          {first.phone_number_id ? "Connect again" : "Connect"}
        </Button>
      </form>
    </Card>
  );
}
