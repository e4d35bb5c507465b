/** A place to drop a CSV file, or to choose one. */
import { FileUp } from "lucide-react";
import { type DragEvent, useId, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { FormError } from "@/components/ui/field";
import { cn } from "@/lib/cn";
import { refusalOf } from "@/lib/csv-file";

interface DropFileProps {
  isBusy: boolean;
  error: string | undefined;
  onFile: (file: File) => void;
}

export function DropFile({ isBusy, error, onFile }: DropFileProps) {
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const [isOver, setIsOver] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);

  function take(files: FileList | null) {
    const file = files?.item(0);
    if (!file || isBusy) return;
    const reason = files && files.length > 1 ? "Choose one file at a time." : refusalOf(file);
    setRefusal(reason);
    if (reason === null) onFile(file);
  }

  function onDrop(event: DragEvent) {
    event.preventDefault();
    setIsOver(false);
    take(event.dataTransfer.files);
  }

  return (
    <div className="flex flex-col gap-3">
      <FormError>{refusal ?? error}</FormError>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button does the same */}
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={onDrop}
        className={cn(
          "flex flex-col items-center rounded-card border-2 border-line-strong/50 border-dashed px-6 py-10 text-center transition-colors",
          isOver && "border-brand bg-brand-soft/50",
        )}
      >
        <FileUp aria-hidden className="mb-3 size-8 text-brand-text" strokeWidth={1.5} />
        <p className="font-medium">Drop a CSV file here</p>
        <p id={`${id}-hint`} className="mt-1 max-w-sm text-muted text-xs">
          It needs a heading row with a phone column. Name, tags and opted out are understood; every
          other column becomes a field of the contact.
        </p>
        <input
          ref={input}
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          tabIndex={-1}
          aria-label="CSV file"
          className="sr-only"
          onChange={(event) => {
            take(event.target.files);
            event.target.value = "";
          }}
        />
        <Button
          variant="primary"
          className="mt-4"
          aria-describedby={`${id}-hint`}
          isBusy={isBusy}
          onClick={() => input.current?.click()}
        >
          {isBusy ? "Sending the file" : "Choose a file"}
        </Button>
      </div>
    </div>
  );
}
