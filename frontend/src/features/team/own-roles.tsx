/** The roles, built-in and of the business's own, with an editor for the latter. */
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { sentenceOf } from "@/lib/api/problem";
import { meQuery } from "@/lib/permissions";
import { type Role, useReplaceRoles } from "./api";
import { mayGive, roleHint, roleWords } from "./roles";

const RoleEditor = lazy(() => import("./role-editor"));

/** Own roles as the API takes them, without one of them. */
function without(roles: readonly Role[], name: string) {
  return roles
    .filter((role) => !role.is_built_in && role.name !== name)
    .map((role) => ({ name: role.name, permissions: role.permissions }));
}

function OwnRole({
  role,
  roles,
  onEdit,
}: {
  role: Role;
  roles: readonly Role[];
  onEdit: () => void;
}) {
  const replace = useReplaceRoles();
  return (
    <div className="flex flex-wrap gap-2">
      <Button size="sm" aria-label={`Change the role ${role.name}`} onClick={onEdit}>
        Change
      </Button>
      <Confirm
        trigger={
          <Button size="sm" aria-label={`Delete the role ${role.name}`} isBusy={replace.isPending}>
            Delete
          </Button>
        }
        title={`Delete the role ${role.name}?`}
        action="Delete the role"
        keep="Keep it"
        tone="danger"
        onConfirm={() =>
          replace.mutate(without(roles, role.name), {
            onError: (error) => toast.error(sentenceOf(error)),
          })
        }
      >
        <p>Who has it may do nothing until they get another role.</p>
      </Confirm>
    </div>
  );
}

export function OwnRoles({ roles, canWrite }: { roles: readonly Role[]; canWrite: boolean }) {
  const me = useQuery(meQuery);
  const own = new Set(me.data?.permissions);
  const [edited, setEdited] = useState<Role | "new" | null>(null);
  return (
    <Card aria-labelledby="roles-title">
      <CardHeading id="roles-title" title="Roles">
        {canWrite ? (
          <Button size="sm" onClick={() => setEdited("new")}>
            <Plus aria-hidden />
            New role
          </Button>
        ) : null}
      </CardHeading>
      <ul aria-label="Roles" className="divide-y">
        {roles.map((role) => (
          <li key={role.name} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
            <div className="min-w-0 flex-1 basis-52">
              <p className="wrap-anywhere font-medium">{roleWords(role.name)}</p>
              <p className="text-muted text-xs">{roleHint(role)}</p>
            </div>
            {!role.is_built_in && canWrite && mayGive(own, role) ? (
              <OwnRole role={role} roles={roles} onEdit={() => setEdited(role)} />
            ) : null}
          </li>
        ))}
      </ul>
      <Suspense>
        {edited !== null ? (
          <RoleEditor
            role={edited === "new" ? null : edited}
            others={without(roles, edited === "new" ? "" : edited.name)}
            taken={roles.map(({ name }) => name)}
            offered={me.data?.permissions ?? []}
            onClose={() => setEdited(null)}
          />
        ) : null}
      </Suspense>
    </Card>
  );
}
