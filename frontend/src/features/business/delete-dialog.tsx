/** Asks for the deletion of the business; whoever asks shows that they are who they are, and mean it. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Modal } from "@/components/ui/modal";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";
import { meQuery } from "@/lib/permissions";
import { useAskForDeletion } from "./api";

/** Which field an answer is about, by its code. */
const ABOUT: Record<string, "password" | "code" | "name"> = {
  wrong_credentials: "password",
  wrong_code: "code",
  second_factor_required: "code",
  name_differs: "name",
};

export default function DeleteDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const ask = useAskForDeletion();
  const me = useQuery(meQuery);
  const hasCode = me.data?.user.has_second_factor ?? false;
  const [values, setValues] = useState({ name: "", password: "", code: "" });
  const [isChecked, setIsChecked] = useState(false);
  const about = ask.error instanceof ApiProblem ? ABOUT[ask.error.code] : undefined;
  const said = (field: string) => (about === field ? sentenceOf(ask.error) : undefined);
  const problems = {
    name: values.name === name ? undefined : `Write “${name}”, exactly so.`,
    password: values.password ? undefined : "Enter your password.",
    code: hasCode && values.code.trim().length < 6 ? "Write a code of the app." : undefined,
  };
  const change = (some: Partial<typeof values>) => {
    setValues({ ...values, ...some });
    ask.reset();
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (problems.name || problems.password || problems.code) return;
    const code = values.code.replaceAll(/\s/g, "");
    ask.mutate(
      {
        business_name: values.name,
        password: values.password,
        ...(hasCode ? { code } : {}),
      },
      {
        // The line above every screen says from now on what comes, and when.
        onSuccess: onClose,
      },
    );
  }

  const problem = (field: keyof typeof problems) =>
    (isChecked ? problems[field] : undefined) ?? said(field);
  return (
    <Modal
      title="Delete the business"
      lead="Contacts, conversations, campaigns, files and every account in the team."
      onClose={onClose}
    >
      <form noValidate onSubmit={submit} className="flex flex-col gap-4 overflow-y-auto p-4 sm:p-5">
        <FormError>{ask.error && !about ? sentenceOf(ask.error) : undefined}</FormError>
        <p className="rounded-control bg-danger-soft px-3 py-2 text-danger-text">
          Campaigns stop now, and nothing can be changed any more. Any owner can call it off until
          the day that is named then; after it nothing can be brought back.
        </p>
        <Field label={`The name of the business: ${name}`} error={problem("name")}>
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              value={values.name}
              onChange={(event) => change({ name: event.target.value })}
            />
          )}
        </Field>
        <Field label="Your password" error={problem("password")}>
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="current-password"
              value={values.password}
              onChange={(event) => change({ password: event.target.value })}
            />
          )}
        </Field>
        {hasCode ? (
          <Field label="Code of your authenticator app" error={problem("code")}>
            {(control) => (
              <Input
                {...control}
                autoComplete="one-time-code"
                maxLength={24}
                className="tabular"
                value={values.code}
                onChange={(event) => change({ code: event.target.value })}
              />
            )}
          </Field>
        ) : null}
        <Button type="submit" variant="danger" className="self-start" isBusy={ask.isPending}>
          Delete the business
        </Button>
      </form>
    </Modal>
  );
}
