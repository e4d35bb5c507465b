/** Makes or changes a role of the business's own: a name, and what it may do. */
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { PermissionMatrix } from "@/components/app/permission-matrix";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Modal } from "@/components/ui/modal";
import type { Schemas } from "@/lib/api/client";
import { sentenceOf } from "@/lib/api/problem";
import { type Role, useReplaceRoles } from "./api";
import { nameProblem } from "./roles";

interface RoleEditorProps {
  /** The one that is changed; null for a new one. */
  role: Role | null;
  /** The other own roles, which stay as they are. */
  others: Schemas["RoleWrite"][];
  /** All names that there are. */
  taken: readonly string[];
  /** What the person holds and so may give. */
  offered: readonly string[];
  onClose: () => void;
}

export default function RoleEditor({ role, others, taken, offered, onClose }: RoleEditorProps) {
  const replace = useReplaceRoles();
  const [name, setName] = useState(role?.name ?? "");
  const [chosen, setChosen] = useState(() => new Set(role?.permissions));
  const [isChecked, setIsChecked] = useState(false);
  const problem = role ? undefined : nameProblem(name, taken);
  const isEmpty = chosen.size === 0;

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (problem || isEmpty) return;
    replace.mutate([...others, { name, permissions: [...chosen].sort() }], {
      onSuccess: () => {
        toast.success(`The role ${name} is saved.`);
        onClose();
      },
    });
  }

  return (
    <Modal
      title={role ? `The role ${role.name}` : "New role"}
      lead="It can hold what you may do yourself."
      onClose={onClose}
    >
      <form noValidate onSubmit={submit} className="flex flex-col gap-4 overflow-y-auto p-4 sm:p-5">
        <FormError>{replace.error ? sentenceOf(replace.error) : undefined}</FormError>
        {role ? null : (
          <Field label="Name" error={isChecked ? problem : undefined}>
            {(control) => (
              <Input
                {...control}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                maxLength={32}
                className="max-w-72"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
        )}
        <PermissionMatrix
          label="May"
          offered={offered}
          chosen={chosen}
          error={isChecked && isEmpty ? "Choose at least one thing that it may do." : undefined}
          onChange={setChosen}
        />
        <p className="text-muted text-xs">
          Without “Everybody’s” the inbox shows only the conversations that are assigned to the
          person; with “Unassigned” also those that nobody has yet.
        </p>
        <Button type="submit" variant="primary" className="self-start" isBusy={replace.isPending}>
          Save the role
        </Button>
      </form>
    </Modal>
  );
}
