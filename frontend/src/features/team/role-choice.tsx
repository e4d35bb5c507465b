/** One role of those that may be given. */
import { useId } from "react";
import type { Role } from "./api";
import { roleHint, roleWords } from "./roles";

interface RoleChoiceProps {
  roles: readonly Role[];
  value: string;
  onChange: (name: string) => void;
}

export function RoleChoice({ roles, value, onChange }: RoleChoiceProps) {
  const id = useId();
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 font-medium text-[0.8125rem]">Role</legend>
      <div className="divide-y rounded-control border">
        {roles.map((role) => (
          <div key={role.name} className="flex items-start gap-2.5 px-3 py-2">
            <input
              type="radio"
              id={`${id}-${role.name}`}
              name={id}
              aria-describedby={`${id}-${role.name}-hint`}
              className="mt-px size-5 shrink-0 accent-brand"
              checked={value === role.name}
              onChange={() => onChange(role.name)}
            />
            <div className="min-w-0">
              <label
                htmlFor={`${id}-${role.name}`}
                className="wrap-anywhere font-medium text-[0.8125rem]"
              >
                {roleWords(role.name)}
              </label>
              <p id={`${id}-${role.name}-hint`} className="text-muted text-xs">
                {roleHint(role)}
              </p>
            </div>
          </div>
        ))}
      </div>
    </fieldset>
  );
}
