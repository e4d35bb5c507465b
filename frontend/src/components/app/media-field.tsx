/** The file of a template's header: chosen on this device and taken into the library, or a link. */
import { Paperclip } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { sentenceOf } from "@/lib/api/problem";
import { kindOf, type MediaKind, uploadMedia } from "@/lib/media-upload";

interface MediaFieldProps {
  label: string;
  /** IMAGE, VIDEO, DOCUMENT …: the header's format; by it the API checks the file. */
  format: string | null;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

function kindFor(format: string | null, file: File): MediaKind {
  if (format === "IMAGE") return "image";
  if (format === "VIDEO" || format === "GIF") return "video";
  if (format === "DOCUMENT") return "document";
  return kindOf(file);
}

export default function MediaField({ label, format, value, error, onChange }: MediaFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const [upload, setUpload] = useState<{ name: string; problem: string | null } | null>(null);
  const isBusy = upload !== null && upload.problem === null && value === "";

  async function take(file: File) {
    onChange("");
    setUpload({ name: file.name, problem: null });
    try {
      onChange((await uploadMedia(file, kindFor(format, file))).id);
    } catch (cause) {
      setUpload({ name: file.name, problem: sentenceOf(cause) });
    }
  }

  const isOurs = value.startsWith("med_");
  return (
    <Field
      label={label}
      hint={
        isOurs && upload
          ? `${upload.name} is in the library.`
          : "Choose a file, or paste a link to one."
      }
      error={upload?.problem ?? error}
    >
      {(control) => (
        <span className="flex gap-2">
          <Input
            {...control}
            value={value}
            placeholder="https://"
            autoComplete="off"
            onChange={(event) => onChange(event.target.value)}
          />
          <input
            ref={input}
            type="file"
            tabIndex={-1}
            aria-label={`File: ${label}`}
            className="sr-only"
            onChange={(event) => {
              const file = event.target.files?.item(0);
              if (file) void take(file);
              event.target.value = "";
            }}
          />
          <Button isBusy={isBusy} onClick={() => input.current?.click()}>
            {isBusy ? null : <Paperclip aria-hidden />}
            Choose a file
          </Button>
        </span>
      )}
    </Field>
  );
}
