/** Exports all contacts, those of a saved segment, or those who meet conditions. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import ExportDialog from "@/components/app/export-dialog";
import FilterBuilder from "@/components/app/filter-builder";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import { sentenceOf } from "@/lib/api/problem";
import type { ExportRequest } from "@/lib/exports";
import { fieldsOf, sampleQuery, tagsOf } from "@/lib/sample";
import { emptyDraft, isComplete, toFilter } from "@/lib/segment-draft";
import { segmentsQuery } from "@/lib/segments";

const ALL = "all";
const FILTER = "filter";

export default function ContactsExport({ onClose }: { onClose: () => void }) {
  const [whom, setWhom] = useState(ALL);
  const [draft, setDraft] = useState(emptyDraft);
  const segments = useInfiniteQuery(segmentsQuery);
  const sample = useQuery({ ...sampleQuery, enabled: whom === FILTER });
  const contacts = sample.data?.items ?? [];
  const request = (): ExportRequest => {
    if (whom === ALL) return { of: "contacts", body: {} };
    if (whom === FILTER) return { of: "contacts", body: { filter: toFilter(draft) } };
    return { of: "contacts", body: { segment_id: whom } };
  };
  const isReady = whom !== FILTER || isComplete(draft);
  return (
    <ExportDialog
      title="Export contacts"
      lead="A CSV file with a column for each of their fields. It can be imported again."
      rows="contacts"
      request={request()}
      problem={isReady ? undefined : "Complete every condition first."}
      onClose={onClose}
    >
      <Field
        label="Whom"
        hint={segments.hasNextPage ? "Of the segments, only the newest are offered." : undefined}
        error={segments.error ? sentenceOf(segments.error) : undefined}
      >
        {(control) => (
          <Select {...control} value={whom} onChange={(event) => setWhom(event.target.value)}>
            <option value={ALL}>All contacts</option>
            {segments.data?.pages
              .flatMap((page) => page.items)
              .map((one) => (
                <option key={one.id} value={one.id}>
                  Segment: {one.name}
                </option>
              ))}
            <option value={FILTER}>Those who meet conditions…</option>
          </Select>
        )}
      </Field>
      {whom === FILTER ? (
        <FilterBuilder
          draft={draft}
          onChange={setDraft}
          fields={fieldsOf(contacts).filter((field) => field !== "phone")}
          tags={tagsOf(contacts)}
          isChecked={false}
        />
      ) : null}
    </ExportDialog>
  );
}
