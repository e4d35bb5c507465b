/** What a condition of a filter compares with, by its kind. */
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { humanise } from "@/lib/format";
import { FIELD_OPS, type Row } from "@/lib/segment-draft";

export function Value({
  row,
  change,
  fields,
  error,
}: {
  row: Row;
  change: (values: Partial<Row>) => void;
  fields: readonly string[];
  error: string | undefined;
}) {
  const text = (label: string, hint?: string, list?: string) => (
    <Field label={label} hint={hint} error={error} className="min-w-32 flex-1">
      {(control) => (
        <Input
          {...control}
          list={list}
          value={row.value}
          autoComplete="off"
          autoCapitalize="none"
          onChange={(event) => change({ value: event.target.value })}
        />
      )}
    </Field>
  );
  const days = (
    <Field label="Days" error={error} className="w-28">
      {(control) => (
        <Input
          {...control}
          inputMode="numeric"
          value={row.days}
          onChange={(event) => change({ days: event.target.value })}
        />
      )}
    </Field>
  );
  switch (row.kind) {
    case "tag":
      return text("Tag", undefined, "filter-tags");
    case "country":
      return text("Countries", "Two-letter codes, like IN, DE.");
    case "language":
      return text("Languages", "Codes, like en, pt_BR.");
    case "opt_in":
      return (
        <Field label="With" className="min-w-40 flex-1">
          {(control) => (
            <Select
              {...control}
              value={row.to}
              onChange={(event) => change({ to: event.target.value as Row["to"] })}
            >
              <option value="marketing">Marketing messages</option>
              <option value="all">Any message</option>
            </Select>
          )}
        </Field>
      );
    case "field":
      return (
        <>
          <Field label="Which" className="min-w-32 flex-1">
            {(control) => (
              <Select
                {...control}
                value={row.field}
                onChange={(event) => change({ field: event.target.value })}
              >
                {[...new Set(["name", ...fields, row.field])].map((field) => (
                  <option key={field} value={field}>
                    {humanise(field)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="How" className="min-w-32">
            {(control) => (
              <Select
                {...control}
                value={row.op}
                onChange={(event) => change({ op: event.target.value as Row["op"] })}
              >
                {FIELD_OPS.map(({ op, label }) => (
                  <option key={op} value={op}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          {row.op === "is_set" ? null : text("Value")}
        </>
      );
    default:
      return (
        <>
          <Field label="When" className="min-w-40 flex-1">
            {(control) => (
              <Select
                {...control}
                value={row.when}
                onChange={(event) => change({ when: event.target.value as Row["when"] })}
              >
                <option value="within">In the last</option>
                <option value="not_within">Not in the last</option>
                {row.kind === "last_seen" ? <option value="never">Never</option> : null}
              </Select>
            )}
          </Field>
          {row.when === "never" ? null : days}
        </>
      );
  }
}
