/** Writes a file (CSV or zip): what goes into it, how far it is, and the file to take. */
import { useQuery } from "@tanstack/react-query";
import { Download, FileDown } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button } from "@/components/ui/button";
import { Modal } from "@/components/ui/modal";
import { sentenceOf } from "@/lib/api/problem";
import {
  type Export,
  type ExportRequest,
  exportQuery,
  isBeingWritten,
  useStartExport,
} from "@/lib/exports";
import { formatBytes, formatCount, formatMoment } from "@/lib/format";

interface ExportDialogProps {
  title: string;
  lead: string;
  /** What "rows" are, in the plural. */
  rows: string;
  request: ExportRequest;
  /** Why it cannot be started as it is; nothing if it can. */
  problem?: string | undefined;
  onClose: () => void;
  /** The choice of what goes into the file. */
  children?: ReactNode;
}

function Progress({ one, rows }: { one: Export; rows: string }) {
  const share = one.total ? Math.min(1, one.looked_at / one.total) : null;
  return (
    <div className="flex flex-col gap-2">
      <p role="status">
        {one.state === "queued"
          ? "Waiting for its turn."
          : `${formatCount(one.rows)} ${rows} written so far.`}
      </p>
      <progress
        aria-label="The file"
        className="h-1.5 w-full overflow-hidden rounded-full bg-sunken accent-brand"
        {...(share === null ? {} : { value: share })}
      />
      <p className="text-muted text-xs">You may close this: the file is written all the same.</p>
    </div>
  );
}

function Done({ one, rows }: { one: Export; rows: string }) {
  return (
    <div className="flex flex-col gap-3">
      <p role="status">
        {formatCount(one.rows)} {rows}
        {one.size_bytes === null ? "" : `, ${formatBytes(one.size_bytes)}`}. It is kept until{" "}
        {formatMoment(one.expires_at)}.
      </p>
      <p className="wrap-anywhere text-muted text-xs">{one.filename}</p>
      {one.url ? (
        <Button asChild variant="primary" className="self-start">
          <a href={one.url} download={one.filename}>
            <Download aria-hidden />
            Download the file
          </a>
        </Button>
      ) : null}
    </div>
  );
}

export default function ExportDialog({
  title,
  lead,
  rows,
  request,
  problem,
  onClose,
  children,
}: ExportDialogProps) {
  const start = useStartExport();
  // The request that was made, not the one that the form has come to since.
  const [made, setMade] = useState<{ request: ExportRequest; id: string } | null>(null);
  const query = useQuery({
    ...exportQuery(made?.request ?? request, made?.id ?? ""),
    enabled: made !== null,
  });
  const one = made === null ? undefined : query.data;
  const failed = one?.state === "failed" || one?.state === "expired";
  const begin = () => start.mutate(request, { onSuccess: ({ id }) => setMade({ request, id }) });
  const error = start.error ?? query.error;

  const body = () => {
    if (one && isBeingWritten(one)) return <Progress one={one} rows={rows} />;
    if (one && !failed) return <Done one={one} rows={rows} />;
    return (
      <>
        {failed ? (
          <p role="alert" className="text-danger-text">
            {one.error ?? "The file is gone. Write it again."}
          </p>
        ) : null}
        {children}
        <Button
          variant="primary"
          className="self-start"
          isBusy={start.isPending}
          disabled={problem !== undefined}
          onClick={begin}
        >
          {start.isPending ? null : <FileDown aria-hidden />}
          Write the file
        </Button>
        {problem ? <p className="text-muted text-xs">{problem}</p> : null}
      </>
    );
  };

  return (
    <Modal title={title} lead={lead} onClose={onClose}>
      <div className="flex flex-col gap-4 overflow-y-auto p-4 sm:p-5">
        {error ? (
          <p role="alert" className="text-danger-text">
            {sentenceOf(error)}
          </p>
        ) : null}
        {body()}
      </div>
    </Modal>
  );
}
