/** Permissions to tick: a row for each resource, a box for each thing to do with it. */
import { actionWords, byResource, resourceWords } from "@/lib/permission-words";

interface PermissionMatrixProps {
  label: string;
  /** What can be chosen. */
  offered: readonly string[];
  chosen: ReadonlySet<string>;
  /** What stands there but cannot be changed, since the person does not hold it. */
  locked?: ReadonlySet<string>;
  error?: string | undefined;
  onChange: (chosen: Set<string>) => void;
}

export function PermissionMatrix({
  label,
  offered,
  chosen,
  locked,
  error,
  onChange,
}: PermissionMatrixProps) {
  function toggle(permission: string, isOn: boolean) {
    const next = new Set(chosen);
    if (isOn) next.add(permission);
    else next.delete(permission);
    onChange(next);
  }
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 font-medium text-[0.8125rem]">{label}</legend>
      <div className="divide-y rounded-control border">
        {byResource(offered).map(({ resource, permissions }) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row
          <div
            key={resource}
            role="group"
            aria-label={resourceWords(resource)}
            className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2"
          >
            <span className="w-full font-medium text-[0.8125rem] sm:w-36">
              {resourceWords(resource)}
            </span>
            {permissions.map((permission) => (
              <label key={permission} className="flex min-h-6 items-center gap-2">
                <input
                  type="checkbox"
                  className="size-5 accent-brand"
                  checked={chosen.has(permission)}
                  disabled={locked?.has(permission)}
                  onChange={(event) => toggle(permission, event.target.checked)}
                />
                {actionWords(permission.split(":")[1] ?? "")}
              </label>
            ))}
          </div>
        ))}
      </div>
      {error ? (
        <p role="alert" className="mt-1.5 text-danger-text text-xs">
          {error}
        </p>
      ) : null}
    </fieldset>
  );
}
