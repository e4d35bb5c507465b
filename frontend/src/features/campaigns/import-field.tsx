/** The CSV file whose contacts get the campaign: imported here, or before. */
import { useQuery } from "@tanstack/react-query";
import { FileCheck2, RotateCw } from "lucide-react";
import { type UseFormReturn, useWatch } from "react-hook-form";
import { DropFile } from "@/components/app/drop-file";
import { Button } from "@/components/ui/button";
import { sentenceOf } from "@/lib/api/problem";
import { formatCount } from "@/lib/format";
import { importQuery, isUnderway, useStartImport } from "@/lib/imports";
import { useCan } from "@/lib/permissions";
import type { NewCampaignValues } from "./new-schema";

export default function ImportField({ form }: { form: UseFormReturn<NewCampaignValues> }) {
  const id = useWatch({ control: form.control, name: "import_id" });
  const start = useStartImport();
  const query = useQuery({ ...importQuery(id), enabled: id !== "" });
  const canImport = useCan("contacts:write");
  const choose = (next: string) =>
    form.setValue("import_id", next, { shouldValidate: next !== "" });
  const one = query.data;

  if (id === "") {
    return canImport ? (
      <DropFile
        isBusy={start.isPending}
        error={start.error ? sentenceOf(start.error) : form.formState.errors.import_id?.message}
        onFile={(file) => start.mutate(file, { onSuccess: (started) => choose(started.id) })}
      />
    ) : (
      <p className="text-muted">Your role may not import contacts.</p>
    );
  }
  const words = () => {
    if (query.error) return sentenceOf(query.error);
    if (!one) return "Loading…";
    if (one.state === "failed") return one.error ?? "The file could not be imported.";
    if (isUnderway(one)) {
      return one.rows_total > 0
        ? `${formatCount(one.rows_done)} of ${formatCount(one.rows_total)} rows are imported. You may go on meanwhile.`
        : "The file is being read.";
    }
    const left = one.invalid > 0 ? `, ${formatCount(one.invalid)} invalid rows left out` : "";
    return `${formatCount(one.created + one.updated)} contacts${left}.`;
  };
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-control border border-line-strong/60 p-3">
      <FileCheck2 aria-hidden className="size-5 shrink-0 text-brand-text" />
      <p role="status" className="min-w-0 flex-1">
        <span className="block font-medium">Imported file</span>
        <span
          className={
            query.error || one?.state === "failed"
              ? "block text-danger-text text-xs"
              : "block text-muted text-xs"
          }
        >
          {words()}
        </span>
      </p>
      <Button size="sm" onClick={() => choose("")}>
        <RotateCw aria-hidden />
        Another file
      </Button>
    </div>
  );
}
