/** Takes a file of this device into the library: asks where to put it, puts it there, has it checked. */
import { api, type Schemas, taken } from "./api/client";
import { ApiProblem } from "./api/problem";

export type MediaKind = Schemas["MediaUpload"]["kind"];
export type MediaFile = Schemas["MediaOut"];

/**
 * Returns the file of the library; its content has been checked by then. Throws ApiProblem, with the
 * rule of WhatsApp's that the file breaks, or with what could not be reached.
 */
export async function uploadMedia(file: File, kind: MediaKind): Promise<MediaFile> {
  const target = await taken(
    api.POST("/api/media/uploads", {
      body: { kind, mime_type: file.type || "application/octet-stream", size_bytes: file.size },
    }),
  );
  const failed =
    "The file could not be uploaded to storage. Check your connection, then try again.";
  const answer = await globalThis
    .fetch(target.url, {
      method: "PUT",
      body: file,
      headers: { "Content-Type": target.content_type },
    })
    .catch(() => {
      throw new ApiProblem(0, "upload_failed", failed);
    });
  if (!answer.ok) throw new ApiProblem(answer.status, "upload_failed", failed);
  return taken(
    api.POST("/api/media", { body: { upload_id: target.upload_id, kind, filename: file.name } }),
  );
}
