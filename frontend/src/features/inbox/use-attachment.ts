/** The file that is about to be sent: it is uploaded while its caption is being written. */
import { useEffect, useRef, useState } from "react";
import { sentenceOf } from "@/lib/api/problem";
import { kindOf, type MediaKind, uploadMedia } from "@/lib/media-upload";

export interface Attached {
  file: File;
  kind: MediaKind;
  /** Of a picture: its address in this page. */
  preview: string | null;
  /** From 0 to 1. */
  progress: number;
  mediaId: string | null;
  problem: string | null;
}

export interface AttachmentBox {
  attached: Attached | null;
  attach: (file: File) => void;
  remove: () => void;
}

export function useAttachment(): AttachmentBox {
  const [attached, setAttached] = useState<Attached | null>(null);
  const upload = useRef<AbortController | null>(null);

  // Leaving the conversation ends the upload; a picture's address is given back when it is done.
  useEffect(() => () => upload.current?.abort(), []);
  const preview = attached?.preview ?? null;
  useEffect(
    () => () => {
      if (preview) URL.revokeObjectURL(preview);
    },
    [preview],
  );

  function attach(file: File) {
    upload.current?.abort();
    const own = new AbortController();
    upload.current = own;
    const kind = kindOf(file);
    const isPicture = kind === "image" || kind === "sticker";
    setAttached({
      file,
      kind,
      preview: isPicture ? URL.createObjectURL(file) : null,
      progress: 0,
      mediaId: null,
      problem: null,
    });
    const change = (values: Partial<Attached>) => {
      if (!own.signal.aborted) setAttached((before) => before && { ...before, ...values });
    };
    uploadMedia(file, kind, (progress) => change({ progress }), own.signal).then(
      (media) => change({ mediaId: media.id, progress: 1 }),
      (error: unknown) => change({ problem: sentenceOf(error) }),
    );
  }

  function remove() {
    upload.current?.abort();
    setAttached(null);
  }

  return { attached, attach, remove };
}
