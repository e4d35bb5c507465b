/** Builds a filter of contacts: conditions and groups of them, and how many contacts it finds. */
import { useQuery } from "@tanstack/react-query";
import { FolderPlus, Plus } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { sentenceOf } from "@/lib/api/problem";
import { contactName } from "@/lib/contact-name";
import { formatCount } from "@/lib/format";
import {
  countOf,
  emptyGroup,
  emptyRow,
  type Filter,
  type FilterDraft,
  type Group,
  isComplete,
  nextId,
  type Row,
  toFilter,
} from "@/lib/segment-draft";
import { segmentPreviewQuery } from "@/lib/segments";
import { Boxed, Condition, MatchChoice, NotChoice, RemoveButton } from "./filter-conditions";

const PAUSE_MS = 400;
const MAX_CONDITIONS = 50;

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
  const text = isComplete(draft) ? JSON.stringify(toFilter(draft)) : null;
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
    const names = sample.slice(0, 3).map(contactName).join(", ");
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

interface GroupFieldsProps {
  group: Group;
  place: string;
  fields: readonly string[];
  isChecked: boolean;
  /** For a condition to be added; null if there are enough. */
  newId: number | null;
  onChange: (group: Group) => void;
  /** Absent where the filter would be empty. */
  onRemove?: (() => void) | undefined;
}

/** Conditions that stand for one. */
function GroupFields({
  group,
  place,
  fields,
  isChecked,
  newId,
  onChange,
  onRemove,
}: GroupFieldsProps) {
  const { rows } = group;
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="sr-only">Group {place}</legend>
      <div className="flex flex-wrap items-start justify-between gap-2">
        <NotChoice isNot={group.isNot} onChange={(isNot) => onChange({ ...group, isNot })} />
        {onRemove ? <RemoveButton label={`Remove group ${place}`} onClick={onRemove} /> : null}
      </div>
      <MatchChoice
        label={`How the conditions of group ${place} are joined`}
        match={group.match}
        count={rows.length}
        onChange={(match) => onChange({ ...group, match })}
      />
      <ol className="flex flex-col gap-3 border-l-2 border-brand-soft pl-3">
        {rows.map((row, index) => (
          <li key={row.id}>
            <Condition
              row={row}
              place={`${place}.${index + 1}`}
              fields={fields}
              isChecked={isChecked}
              onChange={(next) =>
                onChange({ ...group, rows: rows.map((one) => (one.id === row.id ? next : one)) })
              }
              onRemove={
                rows.length > 1
                  ? () => onChange({ ...group, rows: rows.filter((one) => one.id !== row.id) })
                  : undefined
              }
            />
          </li>
        ))}
      </ol>
      <Button
        size="sm"
        className="self-start"
        disabled={newId === null}
        onClick={() =>
          newId === null ? undefined : onChange({ ...group, rows: [...rows, emptyRow(newId)] })
        }
      >
        <Plus aria-hidden />
        Add to this group
      </Button>
    </fieldset>
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

  const canAdd = countOf(draft) < MAX_CONDITIONS;
  const replace = (id: number) => (next: Row | Group) =>
    onChange({ match, rows: rows.map((row) => (row.id === id ? next : row)) });
  const remove = (id: number) => () =>
    onChange({ match, rows: rows.filter((row) => row.id !== id) });
  const add = (row: Row | Group) => onChange({ match, rows: [...rows, row] });
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <MatchChoice
        label="How the conditions are joined"
        match={match}
        count={rows.length}
        onChange={(next) => onChange({ match: next, rows })}
      />
      <ol className="flex flex-col gap-3">
        {rows.map((row, index) => (
          <Boxed key={row.id}>
            {row.kind === "group" ? (
              <GroupFields
                group={row}
                place={String(index + 1)}
                fields={fields}
                isChecked={isChecked}
                newId={canAdd ? nextId(draft) : null}
                onChange={replace(row.id)}
                onRemove={rows.length > 1 ? remove(row.id) : undefined}
              />
            ) : (
              <Condition
                row={row}
                place={String(index + 1)}
                fields={fields}
                isChecked={isChecked}
                onChange={replace(row.id)}
                onRemove={rows.length > 1 ? remove(row.id) : undefined}
              />
            )}
          </Boxed>
        ))}
      </ol>
      <datalist id="filter-tags">
        {tags.map((tag) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
      <div className="flex flex-wrap items-center gap-2">
        <Button size="sm" disabled={!canAdd} onClick={() => add(emptyRow(nextId(draft)))}>
          <Plus aria-hidden />
          Add a condition
        </Button>
        <Button size="sm" disabled={!canAdd} onClick={() => add(emptyGroup(nextId(draft)))}>
          <FolderPlus aria-hidden />
          Add a group
        </Button>
      </div>
      <FilterCount filter={filter} />
    </div>
  );
}
