/** Invites somebody by mail; they choose their name and password themselves. */
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Modal } from "@/components/ui/modal";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";
import { type Role, useInvite } from "./api";
import { RoleChoice } from "./role-choice";

export default function InviteDialog({
  roles,
  onClose,
}: {
  roles: readonly Role[];
  onClose: () => void;
}) {
  const invite = useInvite();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState(
    () => roles.find(({ name }) => name === "agent")?.name ?? roles[0]?.name ?? "",
  );
  const [isChecked, setIsChecked] = useState(false);
  const isEmail = /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email.trim());
  const said =
    invite.error instanceof ApiProblem
      ? invite.error.fields.find(({ field }) => field === "email")?.message
      : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (!isEmail) return;
    invite.mutate(
      { email: email.trim(), role },
      {
        onSuccess: (user) => {
          toast.success(`An invitation to ${user.email} is on its way. It is good for 7 days.`);
          onClose();
        },
      },
    );
  }

  return (
    <Modal title="Invite somebody" lead="A mail brings them here." onClose={onClose}>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4 overflow-y-auto p-4 sm:p-5">
        <FormError>{invite.error && !said ? sentenceOf(invite.error) : undefined}</FormError>
        <Field
          label="E-mail"
          error={said ?? (isChecked && !isEmail ? "Write it like name@company.com." : undefined)}
        >
          {(control) => (
            <Input
              {...control}
              type="email"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={email}
              onChange={(event) => {
                setEmail(event.target.value);
                invite.reset();
              }}
            />
          )}
        </Field>
        <RoleChoice roles={roles} value={role} onChange={setRole} />
        <Button type="submit" variant="primary" className="self-start" isBusy={invite.isPending}>
          Send the invitation
        </Button>
      </form>
    </Modal>
  );
}
