/** The conditions of a filter, or of one of its groups: each a row of what, how and with what. */
import { Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import { Segments } from "@/components/ui/segments";
import { KINDS, type Match, problemOf, type Row } from "@/lib/segment-draft";
import { Value } from "./filter-value";

export interface ConditionProps {
  row: Row;
  /** `2`, or `2.1` in a group. */
  place: string;
  fields: readonly string[];
  /** Say what is wrong with it. */
  isChecked: boolean;
  onChange: (row: Row) => void;
  /** Absent for the only one, which cannot be taken away. */
  onRemove?: (() => void) | undefined;
}

/** Whether all or any must be met; nothing to choose where there is only one. */
export function MatchChoice({
  label,
  match,
  count,
  onChange,
}: {
  label: string;
  match: Match;
  count: number;
  onChange: (match: Match) => void;
}) {
  if (count < 2) return null;
  return (
    <Segments
      label={label}
      className="self-start"
      value={match}
      options={[
        { value: "all_of", label: "All of these" },
        { value: "any_of", label: "Any of these" },
      ]}
      onChange={onChange}
    />
  );
}

export function NotChoice({
  isNot,
  onChange,
}: {
  isNot: boolean;
  onChange: (isNot: boolean) => void;
}) {
  return (
    <Field label="Who" className="w-26 sm:w-28">
      {(control) => (
        <Select
          {...control}
          value={isNot ? "not" : "is"}
          onChange={(event) => onChange(event.target.value === "not")}
        >
          <option value="is">Meets</option>
          <option value="not">Does not</option>
        </Select>
      )}
    </Field>
  );
}

export function RemoveButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Button size="icon" variant="ghost" className="mt-6" aria-label={label} onClick={onClick}>
      <Trash2 aria-hidden />
    </Button>
  );
}

export function Condition({ row, place, fields, isChecked, onChange, onRemove }: ConditionProps) {
  const change = (values: Partial<Row>) => {
    const next = { ...row, ...values };
    onChange(next.kind === "created" && next.when === "never" ? { ...next, when: "within" } : next);
  };
  return (
    <fieldset className="flex min-w-0 flex-wrap items-start gap-2">
      <legend className="sr-only">Condition {place}</legend>
      <NotChoice isNot={row.isNot} onChange={(isNot) => change({ isNot })} />
      <Field label="Condition" className="w-34 sm:w-44">
        {(control) => (
          <Select
            {...control}
            value={row.kind}
            onChange={(event) => change({ kind: event.target.value as Row["kind"], value: "" })}
          >
            {KINDS.map(({ kind, label }) => (
              <option key={kind} value={kind}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Value
        row={row}
        change={change}
        fields={fields}
        error={isChecked ? (problemOf(row) ?? undefined) : undefined}
      />
      {onRemove ? <RemoveButton label={`Remove condition ${place}`} onClick={onRemove} /> : null}
    </fieldset>
  );
}

/** A box around a condition or a group. */
export function Boxed({ children }: { children: ReactNode }) {
  return (
    <li className="min-w-0 rounded-control border border-line-strong/60 bg-surface p-3">
      {children}
    </li>
  );
}
