/** The file of a message: a picture, a player or a name to download; or why it is not there. */
import { useQuery } from "@tanstack/react-query";
import { Download, FileText, FileX2, LoaderCircle, RotateCw } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { sentenceOf } from "@/lib/api/problem";
import { formatBytes } from "@/lib/format";
import { asObject, asText } from "@/lib/json";
import { useCan } from "@/lib/permissions";
import { fileQuery, type Message, useFetchFile } from "./api";

const NOUNS: Record<string, string> = {
  image: "Photo",
  video: "Video",
  audio: "Audio",
  document: "Document",
  sticker: "Sticker",
};

function Notice({ icon: Icon, children }: { icon: typeof FileX2; children: ReactNode }) {
  return (
    <div className="flex items-start gap-2 rounded-control bg-sunken px-3 py-2 text-muted">
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">{children}</div>
    </div>
  );
}

/** Whether the element has been near the screen: what is far up a thread asks for nothing. */
function useSeen<T extends Element>() {
  const ref = useRef<T>(null);
  const [isSeen, setIsSeen] = useState(typeof IntersectionObserver === "undefined");
  useEffect(() => {
    if (isSeen || !ref.current) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setIsSeen(true);
      },
      { rootMargin: "200px" },
    );
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [isSeen]);
  return { ref, isSeen };
}

/** Why there is no file, and what can be done. */
function Missing({ contactId, message }: { contactId: string; message: Message }) {
  const fetchAgain = useFetchFile(contactId, message.id);
  const canWrite = useCan("conversations:write");
  const noun = NOUNS[message.type] ?? "File";
  const reason = message.media?.reason;
  if (message.media?.state === "expired") {
    return (
      <Notice icon={FileX2}>
        {noun} no longer available. {reason ?? "It is not kept any more."}
      </Notice>
    );
  }
  if (message.media?.state === "refused") {
    return (
      <Notice icon={FileX2}>
        {noun} not kept. {reason}
      </Notice>
    );
  }
  return (
    <Notice icon={FileX2}>
      {noun} could not be fetched. {reason}
      {canWrite && message.direction === "in" ? (
        <Button
          size="sm"
          className="mt-2 flex"
          isBusy={fetchAgain.isPending}
          onClick={() =>
            fetchAgain.mutate(undefined, { onError: (error) => toast.error(sentenceOf(error)) })
          }
        >
          <RotateCw aria-hidden />
          Fetch again
        </Button>
      ) : null}
    </Notice>
  );
}

function Stored({ contactId, message }: { contactId: string; message: Message }) {
  const { ref, isSeen } = useSeen<HTMLDivElement>();
  const query = useQuery({ ...fileQuery(contactId, message), enabled: isSeen });
  const file = query.data;
  const name = file?.filename ?? message.media?.filename ?? NOUNS[message.type] ?? "File";
  if (!file?.url) {
    return (
      <div ref={ref}>
        {query.error ? (
          <Notice icon={FileX2}>
            {sentenceOf(query.error)}
            <Button size="sm" className="mt-2 flex" onClick={() => void query.refetch()}>
              <RotateCw aria-hidden />
              Try again
            </Button>
          </Notice>
        ) : file && file.state !== "pending" ? (
          <Notice icon={FileX2}>{file.reason ?? `${name} is not available.`}</Notice>
        ) : (
          <Skeleton className={message.type === "image" ? "h-40 w-56" : "h-12 w-56"} />
        )}
      </div>
    );
  }
  switch (message.type) {
    case "image":
    case "sticker":
      return (
        <a href={file.url} target="_blank" rel="noopener noreferrer" className="block">
          <img
            src={file.thumbnail_url ?? file.url}
            alt={message.media?.caption || NOUNS[message.type]}
            className={
              message.type === "sticker"
                ? "size-32 object-contain"
                : "max-h-72 min-h-16 min-w-16 max-w-full rounded-lg object-contain"
            }
          />
          <span className="sr-only">Open in full size</span>
        </a>
      );
    case "video":
      return (
        // biome-ignore lint/a11y/useMediaCaption: what customers film has no captions
        <video
          controls
          preload="metadata"
          src={file.url}
          aria-label={message.media?.caption || "Video"}
          className="max-h-80 w-full max-w-sm rounded-lg bg-black"
        />
      );
    case "audio":
      return (
        // biome-ignore lint/a11y/useMediaCaption: what customers say has no captions
        <audio
          controls
          preload="metadata"
          src={file.url}
          aria-label={message.media?.is_voice ? "Voice message" : "Audio"}
          className="w-64 max-w-full"
        />
      );
    default:
      return (
        <a
          href={file.url}
          target="_blank"
          rel="noopener noreferrer"
          download={name}
          className="flex items-center gap-3 rounded-control bg-sunken px-3 py-2.5 hover:underline"
        >
          <FileText aria-hidden className="size-6 shrink-0 text-brand-text" strokeWidth={1.6} />
          <span className="min-w-0 flex-1">
            <span className="block truncate font-medium">{name}</span>
            <span className="block text-muted text-xs">
              {file.mime_type ?? "File"}
              {file.size_bytes === null ? "" : ` · ${formatBytes(file.size_bytes)}`}
            </span>
          </span>
          <Download aria-hidden className="size-4 shrink-0 text-muted" />
          <span className="sr-only">Download</span>
        </a>
      );
  }
}

export function Attachment({ contactId, message }: { contactId: string; message: Message }) {
  const state = message.media?.state ?? null;
  if (state === "stored") return <Stored contactId={contactId} message={message} />;
  if (state === "pending") {
    return (
      <Notice icon={LoaderCircle}>
        {NOUNS[message.type] ?? "File"} is being fetched from WhatsApp.
      </Notice>
    );
  }
  if (state !== null) return <Missing contactId={contactId} message={message} />;
  const link = asText(asObject(message.content).link);
  if (!/^https?:\/\//.test(link)) {
    return (
      <Notice icon={FileText}>{NOUNS[message.type] ?? "File"}, kept by WhatsApp alone.</Notice>
    );
  }
  return (
    <a href={link} target="_blank" rel="noopener noreferrer" className="wrap-anywhere underline">
      {NOUNS[message.type] ?? "File"}: {message.media?.filename ?? link}
    </a>
  );
}
