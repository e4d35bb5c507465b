/** Who, what, when and how it ended: the filters of the trail. */
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { humanise } from "@/lib/format";
import type { Filters } from "./filters";

interface FilterBarProps {
  filters: Filters;
  people: ReadonlyMap<string, string>;
  /** Those that the list has shown; the one in the filters is among them. */
  actions: readonly string[];
  onFilters: (filters: Filters) => void;
}

const OUTCOMES = [
  ["done", "Done"],
  ["failed", "Refused or failed"],
  ["unknown", "Cut off"],
] as const;

export function FilterBar({ filters, people, actions, onFilters }: FilterBarProps) {
  const set = (name: keyof Filters, value: string) => {
    const { [name]: _, ...others } = filters;
    onFilters(value ? ({ ...others, [name]: value } as Filters) : others);
  };
  const known = [...people].sort(([, a], [, b]) => a.localeCompare(b));
  const isOther = filters.actor !== undefined && !people.has(filters.actor);
  return (
    <search className="mb-3 grid grid-cols-2 gap-3 md:grid-cols-5">
      <Field label="Who">
        {(control) => (
          <Select
            {...control}
            value={filters.actor ?? ""}
            onChange={(event) => set("actor", event.target.value)}
          >
            <option value="">Everybody</option>
            {isOther ? <option value={filters.actor}>{filters.actor}</option> : null}
            {known.map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="What">
        {(control) => (
          <Select
            {...control}
            value={filters.action ?? ""}
            onChange={(event) => set("action", event.target.value)}
          >
            <option value="">Everything</option>
            {actions.map((action) => (
              <option key={action} value={action}>
                {humanise(action)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="From">
        {(control) => (
          <Input
            {...control}
            type="date"
            value={filters.since ?? ""}
            onChange={(event) => set("since", event.target.value)}
          />
        )}
      </Field>
      <Field label="Until">
        {(control) => (
          <Input
            {...control}
            type="date"
            value={filters.until ?? ""}
            onChange={(event) => set("until", event.target.value)}
          />
        )}
      </Field>
      <Field label="Outcome">
        {(control) => (
          <Select
            {...control}
            value={filters.outcome ?? ""}
            onChange={(event) => set("outcome", event.target.value)}
          >
            <option value="">Any</option>
            {OUTCOMES.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </search>
  );
}
