/** The file above the reply box: what it is, how far its upload is, why it cannot be sent. */
import { CircleAlert, FileText, RotateCw, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { formatBytes } from "@/lib/format";
import { takesCaption } from "./compose";
import type { Attached, AttachmentBox } from "./use-attachment";

function stateOf(attached: Attached): string {
  if (attached.mediaId !== null) {
    return takesCaption(attached.kind) ? "Ready to send" : "Ready to send, without a caption";
  }
  return attached.progress < 1
    ? `Uploading, ${Math.floor(attached.progress * 100)}%`
    : "Being checked";
}

export function AttachedFile({ attached, box }: { attached: Attached; box: AttachmentBox }) {
  const { file, preview, problem, mediaId } = attached;
  return (
    <div
      className={cn(
        "mb-2 flex items-start gap-3 rounded-control border p-2",
        problem && "border-danger bg-danger-soft",
      )}
    >
      {preview ? (
        <img src={preview} alt="" className="size-12 shrink-0 rounded-control object-cover" />
      ) : (
        <FileText aria-hidden className="m-2 size-8 shrink-0 text-brand-text" strokeWidth={1.5} />
      )}
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{file.name}</p>
        <p className="text-muted text-xs">{formatBytes(file.size)}</p>
        <div aria-live="polite">
          {problem ? (
            <p className="flex items-start gap-1 text-danger-text text-xs">
              <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
              {problem}
            </p>
          ) : (
            <p className="tabular text-muted text-xs">{stateOf(attached)}</p>
          )}
        </div>
        {problem === null && mediaId === null ? (
          <div
            role="progressbar"
            aria-label="Upload"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.floor(attached.progress * 100)}
            className="mt-1 h-1 overflow-hidden rounded-full bg-sunken"
          >
            <div
              className="h-full bg-brand transition-[width]"
              style={{ width: `${attached.progress * 100}%` }}
            />
          </div>
        ) : null}
        {problem ? (
          <Button size="sm" className="mt-1.5" onClick={() => box.attach(file)}>
            <RotateCw aria-hidden />
            Try again
          </Button>
        ) : null}
      </div>
      <Button size="icon" variant="ghost" aria-label={`Remove ${file.name}`} onClick={box.remove}>
        <X aria-hidden />
      </Button>
    </div>
  );
}
