/** The header of a message or of a card: nothing, a line of text, or a file with a sample. */
import { useMutation } from "@tanstack/react-query";
import { FileCheck2, Upload } from "lucide-react";
import { useEffect, useId, useRef } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { sentenceOf } from "@/lib/api/problem";
import { type MediaKind, uploadMedia } from "@/lib/media-upload";
import { Counter } from "./counter";
import { emptyHeader, type HeaderDraft, MEDIA_FORMATS, type Sample } from "./draft";
import { Examples } from "./text-fields";
import { HEADER_FORMATS, type HeaderFormat } from "./words";

const KINDS: Partial<Record<HeaderFormat, { kind: MediaKind; accept: string; hint: string }>> = {
  IMAGE: { kind: "image", accept: "image/jpeg,image/png", hint: "A JPEG or PNG up to 5 MB." },
  VIDEO: { kind: "video", accept: "video/mp4", hint: "An MP4 up to 16 MB." },
  GIF: { kind: "video", accept: "video/mp4", hint: "A short MP4, which plays as a GIF." },
  DOCUMENT: { kind: "document", accept: "application/pdf", hint: "A PDF up to 100 MB." },
};

interface SampleFieldProps {
  format: HeaderFormat;
  sample: Sample | null;
  error: string | undefined;
  onChange: (sample: Sample | null) => void;
}

function SampleField({ format, sample, error, onChange }: SampleFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const rules = KINDS[format];
  const upload = useMutation({
    mutationFn: (file: File) => uploadMedia(file, rules?.kind ?? "document"),
    onSuccess: (file) =>
      onChange({ mediaId: file.id, handle: null, name: file.filename || file.id, url: file.url }),
  });
  // A file of the format chosen before is no sample of this one.
  const { reset } = upload;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another format is what it waits for
  useEffect(() => reset(), [format, reset]);
  if (!rules) return null;
  const problem = upload.error ? sentenceOf(upload.error) : sample ? undefined : error;
  return (
    <Field
      label="Sample"
      hint={`${rules.hint} Reviewers see it; each message gives its own.`}
      error={problem}
    >
      {(control) => (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <input
            ref={input}
            type="file"
            accept={rules.accept}
            tabIndex={-1}
            aria-label="Sample file"
            className="sr-only"
            onChange={(event) => {
              const file = event.target.files?.item(0);
              if (file) upload.mutate(file);
              event.target.value = "";
            }}
          />
          <Button
            {...control}
            aria-label={
              upload.isPending
                ? "Uploading the sample"
                : sample
                  ? "Choose another sample"
                  : "Choose a file as the sample"
            }
            isBusy={upload.isPending}
            onClick={() => input.current?.click()}
          >
            <Upload aria-hidden />
            {upload.isPending ? "Uploading" : sample ? "Choose another" : "Choose a file"}
          </Button>
          {sample ? (
            <span
              id={`${id}-file`}
              role="status"
              className="wrap-anywhere flex min-w-0 items-center gap-1.5 text-good-text text-xs"
            >
              <FileCheck2 aria-hidden className="size-4 shrink-0" />
              {sample.name}
            </span>
          ) : null}
        </div>
      )}
    </Field>
  );
}

interface HeaderFieldsProps {
  header: HeaderDraft;
  formats: readonly HeaderFormat[];
  isNamed: boolean;
  /** What is said of the header as a whole and of each field of it. */
  errors: { format: string | undefined; text: string | undefined; example: string | undefined };
  onChange: (header: HeaderDraft) => void;
}

export function HeaderFields({ header, formats, isNamed, errors, onChange }: HeaderFieldsProps) {
  const isFile = MEDIA_FORMATS.includes(header.format);
  const offered = HEADER_FORMATS.filter(
    ({ format }) => formats.includes(format) || format === header.format,
  );
  return (
    <div className="flex flex-col gap-3">
      <div className="grid gap-3 sm:grid-cols-[10rem_minmax(0,1fr)]">
        <Field label="Header" error={errors.format}>
          {(control) => (
            <Select
              {...control}
              value={header.format}
              onChange={(event) =>
                onChange({
                  ...emptyHeader(event.target.value as HeaderFormat),
                  text: header.text,
                  examples: header.examples,
                })
              }
            >
              {offered.map(({ format, label }) => (
                <option key={format} value={format}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {header.format === "TEXT" ? (
          <Field
            label="Line of the header"
            beside={<Counter text={header.text} most={60} />}
            error={errors.text}
          >
            {(control) => (
              <Input
                {...control}
                dir="auto"
                autoComplete="off"
                value={header.text}
                onChange={(event) => onChange({ ...header, text: event.target.value })}
              />
            )}
          </Field>
        ) : null}
        {isFile ? (
          <SampleField
            format={header.format}
            sample={header.sample}
            error={errors.example}
            onChange={(sample) => onChange({ ...header, sample })}
          />
        ) : null}
      </div>
      {header.format === "TEXT" ? (
        <Examples
          draft={header}
          isNamed={isNamed}
          error={errors.example}
          onChange={(examples) => onChange({ ...header, examples })}
        />
      ) : null}
      {header.format === "LOCATION" || header.format === "PRODUCT" ? (
        <p className="text-muted text-xs">
          Each message gives its own {header.format === "LOCATION" ? "place" : "product"}; there is
          nothing to write here.
        </p>
      ) : null}
    </div>
  );
}
