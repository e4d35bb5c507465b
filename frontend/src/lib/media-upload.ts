/** Takes a file from this device into the library, from where it is sent. */
import { api, type Schemas, taken } from "./api/client";
import { ApiProblem } from "./api/problem";

export type MediaKind = Schemas["MediaUpload"]["kind"];
export type MediaFile = Schemas["MediaOut"];

/** As what a file is sent; the API says what of each kind WhatsApp takes. */
export function kindOf(file: Pick<File, "type">): MediaKind {
  if (file.type === "image/webp") return "sticker";
  if (file.type.startsWith("image/")) return "image";
  if (file.type.startsWith("video/")) return "video";
  if (file.type.startsWith("audio/")) return "audio";
  return "document";
}

/** XMLHttpRequest, since fetch does not tell how much of a body is on its way. */
function put(
  target: Schemas["MediaUploadOut"],
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    const failed = () =>
      fail(
        new ApiProblem(
          0,
          "upload_failed",
          "The file could not be uploaded. Check your connection.",
        ),
      );
    request.open("PUT", target.url);
    request.setRequestHeader("Content-Type", target.content_type);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => (request.status < 300 ? done() : failed());
    request.onerror = failed;
    request.onabort = () => fail(new DOMException("The upload was stopped.", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

/** Uploads `file` and returns its entry of the library; throws ApiProblem in words for people. */
export async function uploadMedia(
  file: File,
  kind: MediaKind,
  onProgress: (share: number) => void = () => undefined,
  signal: AbortSignal = new AbortController().signal,
): Promise<MediaFile> {
  const target = await taken(
    api.POST("/api/media/uploads", {
      body: {
        kind,
        mime_type: file.type || "application/octet-stream",
        size_bytes: file.size,
      },
      signal,
    }),
  );
  await put(target, file, onProgress, signal);
  return taken(
    api.POST("/api/media", {
      body: { upload_id: target.upload_id, kind, filename: file.name.slice(-240) },
      signal,
    }),
  );
}
