/** Gives a member another role. */
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { FormError } from "@/components/ui/field";
import { Modal } from "@/components/ui/modal";
import { sentenceOf } from "@/lib/api/problem";
import { type Member, type Role, useChangeRole } from "./api";
import { RoleChoice } from "./role-choice";
import { roleWords } from "./roles";

interface RoleDialogProps {
  member: Member;
  roles: readonly Role[];
  onClose: () => void;
}

export default function RoleDialog({ member, roles, onClose }: RoleDialogProps) {
  const change = useChangeRole(member.id);
  const [role, setRole] = useState(member.role);
  const name = member.name || member.email;

  function submit(event: FormEvent) {
    event.preventDefault();
    change.mutate(role, {
      onSuccess: () => {
        toast.success(`${name} is ${roleWords(role).toLowerCase()} now.`);
        onClose();
      },
    });
  }

  return (
    <Modal
      title={`The role of ${name}`}
      lead="It counts within 15 minutes, on pages that are open too."
      onClose={onClose}
    >
      <form noValidate onSubmit={submit} className="flex flex-col gap-4 overflow-y-auto p-4 sm:p-5">
        <FormError>{change.error ? sentenceOf(change.error) : undefined}</FormError>
        <RoleChoice roles={roles} value={role} onChange={setRole} />
        <Button
          type="submit"
          variant="primary"
          className="self-start"
          disabled={role === member.role}
          isBusy={change.isPending}
        >
          Give this role
        </Button>
      </form>
    </Modal>
  );
}
