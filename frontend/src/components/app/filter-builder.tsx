/** Builds a filter of contacts: conditions of which all or any must be met, and how many it finds. */
import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import { Segments } from "@/components/ui/segments";
import { sentenceOf } from "@/lib/api/problem";
import { formatCount } from "@/lib/format";
import {
  emptyRow,
  type Filter,
  type FilterDraft,
  KINDS,
  problemOf,
  type Row,
  segmentPreviewQuery,
  toFilter,
} from "@/lib/segments";
import { Value } from "./filter-value";

const PAUSE_MS = 400;
const MAX_ROWS = 50;

interface FilterBuilderProps {
  draft: FilterDraft;
  onChange: (draft: FilterDraft) => void;
  fields: readonly string[];
  tags: readonly string[];
  /** Say what is wrong with each condition, not only that something is. */
  isChecked: boolean;
}

/** The filter once typing has paused, if all its conditions are complete. */
function useSettledFilter(draft: FilterDraft): Filter | null {
  const isComplete = draft.rows.every((row) => problemOf(row) === null);
  const text = isComplete ? JSON.stringify(toFilter(draft)) : null;
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled === null ? null : (JSON.parse(settled) as Filter);
}

export function FilterCount({ filter }: { filter: Filter | null }) {
  const preview = useQuery(segmentPreviewQuery(filter));
  const words = () => {
    if (filter === null) return "Complete the conditions to see how many contacts they find.";
    if (preview.error) return sentenceOf(preview.error);
    if (!preview.data) return "Counting…";
    const { matching, looked_at, is_complete, sample } = preview.data;
    const names = sample
      .slice(0, 3)
      .map((one) => one.name || one.phone || "without a name")
      .join(", ");
    const count = is_complete
      ? `${formatCount(matching)} of ${formatCount(looked_at)} contacts.`
      : `${formatCount(matching)} of the first ${formatCount(looked_at)} contacts.`;
    return names ? `${count} Among them: ${names}.` : count;
  };
  return (
    <p role="status" className="text-muted text-xs">
      {words()}
    </p>
  );
}

export default function FilterBuilder({
  draft,
  onChange,
  fields,
  tags,
  isChecked,
}: FilterBuilderProps) {
  const { match, rows } = draft;
  const filter = useSettledFilter(draft);
  const change = (id: number, values: Partial<Row>) =>
    onChange({
      match,
      rows: rows.map((row) => {
        if (row.id !== id) return row;
        const next = { ...row, ...values };
        return next.kind === "created" && next.when === "never"
          ? { ...next, when: "within" }
          : next;
      }),
    });
  return (
    <div className="flex flex-col gap-3">
      {rows.length > 1 ? (
        <Segments
          label="How the conditions are joined"
          className="self-start"
          value={match}
          options={[
            { value: "all_of", label: "All of these" },
            { value: "any_of", label: "Any of these" },
          ]}
          onChange={(next) => onChange({ match: next, rows })}
        />
      ) : null}
      <ol className="flex flex-col gap-3">
        {rows.map((row, index) => {
          const problem = isChecked ? (problemOf(row) ?? undefined) : undefined;
          return (
            <li key={row.id} className="rounded-control border border-line-strong/60 p-3">
              <fieldset className="flex flex-wrap items-start gap-2">
                <legend className="sr-only">Condition {index + 1}</legend>
                <Field label="Who" className="w-28">
                  {(control) => (
                    <Select
                      {...control}
                      value={row.isNot ? "not" : "is"}
                      onChange={(event) => change(row.id, { isNot: event.target.value === "not" })}
                    >
                      <option value="is">Meets</option>
                      <option value="not">Does not</option>
                    </Select>
                  )}
                </Field>
                <Field label="Condition" className="w-44">
                  {(control) => (
                    <Select
                      {...control}
                      value={row.kind}
                      onChange={(event) =>
                        change(row.id, { kind: event.target.value as Row["kind"], value: "" })
                      }
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
                  change={(values) => change(row.id, values)}
                  fields={fields}
                  error={problem}
                />
                {rows.length > 1 ? (
                  <Button
                    size="icon"
                    variant="ghost"
                    className="mt-6"
                    aria-label={`Remove condition ${index + 1}`}
                    onClick={() =>
                      onChange({ match, rows: rows.filter((one) => one.id !== row.id) })
                    }
                  >
                    <Trash2 aria-hidden />
                  </Button>
                ) : null}
              </fieldset>
            </li>
          );
        })}
      </ol>
      <datalist id="filter-tags">
        {tags.map((tag) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
      <div className="flex flex-wrap items-center gap-3">
        <Button
          size="sm"
          disabled={rows.length >= MAX_ROWS}
          onClick={() =>
            onChange({
              match,
              rows: [...rows, emptyRow(Math.max(0, ...rows.map((row) => row.id)) + 1)],
            })
          }
        >
          <Plus aria-hidden />
          Add a condition
        </Button>
        <FilterCount filter={filter} />
      </div>
    </div>
  );
}
