/** The fake's inbox and files: messages of every type are taken, once per Idempotency-Key. */
import { HttpResponse, http, type PathParams } from "msw";
import type { Schemas } from "@/lib/api/client";
import { asObject, asText } from "@/lib/json";
import { guarded, MISSING, paged, problem, state, USER } from "./base";
import { messageOf } from "./message";
import { idOf } from "./people";

const FILES = new Set(["image", "video", "audio", "document", "sticker"]);
let sent = 0;

function findConversation(params: PathParams) {
  return state.db.conversations.find((one) => one.contact_id === params.id);
}

/** A picture of one pixel, so that a browser that shows it has nothing to complain of. */
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwAEAQH/7yMK/gAAAABJRU5ErkJggg==";

function shown(body: Record<string, unknown>): string {
  const type = asText(body.type);
  const content = asObject(body[type]);
  return (
    asText(content.body) ||
    asText(asObject(content.body).text) ||
    asText(content.caption) ||
    asText(content.emoji) ||
    `[${type}]`
  );
}

function react(contactId: string, content: Record<string, unknown>): void {
  const about = state.db.messages
    .get(contactId)
    ?.find((one) => one.id === asText(content.message_id));
  if (!about) return;
  about.reactions = about.reactions.filter((one) => one.direction === "in");
  const emoji = asText(content.emoji);
  if (emoji) about.reactions.push({ direction: "out", emoji });
}

function messageFrom(body: Record<string, unknown>, contactId: string): Schemas["MessageOut"] {
  const type = asText(body.type) || "text";
  const content = asObject(body[type]);
  const quotedId = asText(asObject(body.context).message_id);
  const quoted = state.db.messages.get(contactId)?.find((one) => one.id === quotedId);
  sent += 1;
  return messageOf({
    id: idOf("msg", 90_000 + sent),
    type,
    text: shown(body),
    content,
    state: "accepted",
    quoted: quoted
      ? {
          wamid: "wamid.1",
          message_id: quoted.id,
          direction: quoted.direction,
          type: quoted.type,
          text: quoted.text,
        }
      : null,
    media: FILES.has(type)
      ? {
          mime_type: null,
          filename: asText(content.filename) || null,
          caption: asText(content.caption) || null,
          is_voice: false,
          state: "stored",
          size_bytes: 12_000,
          reason: null,
        }
      : null,
  });
}

const messages = [
  http.get(
    "*/api/conversations/:id/messages",
    guarded(({ params, url }) => paged(state.db.messages.get(String(params.id)) ?? [], url)),
  ),
  http.post(
    "*/api/conversations/:id/messages",
    guarded(async ({ params, request }) => {
      const one = findConversation(params);
      if (!one) return MISSING();
      const key = request.headers.get("Idempotency-Key") ?? "";
      const known = state.db.keys.get(key);
      if (known) return HttpResponse.json(known, { status: 201 });
      const body = asObject(await request.json());
      const message = messageFrom(body, one.contact_id);
      if (message.text === "refuse") {
        return problem(422, "whatsapp_131000", "WhatsApp refused: something went wrong.");
      }
      if (message.text === "unclear") {
        return problem(
          502,
          "upstream",
          "WhatsApp gave no clear answer; look before you repeat it.",
        );
      }
      if (key) state.db.keys.set(key, message);
      if (message.type === "reaction") {
        react(one.contact_id, asObject(message.content));
      } else {
        state.db.messages.get(one.contact_id)?.unshift(message);
        Object.assign(one, {
          last_message: message.text,
          last_direction: "out",
          last_activity_at: message.at,
        });
      }
      return HttpResponse.json(message, { status: 201 });
    }),
  ),
];

const files = [
  http.get(
    "*/api/conversations/:id/messages/:message/media",
    guarded(({ params }) => {
      const message = state.db.messages
        .get(String(params.id))
        ?.find((one) => one.id === params.message);
      if (!message?.media) return MISSING();
      return HttpResponse.json({
        state: "stored",
        mime_type: message.media.mime_type,
        filename: message.media.filename,
        size_bytes: message.media.size_bytes,
        url: PIXEL,
        thumbnail_url: null,
        url_expires_at: new Date(Date.now() + 900_000).toISOString(),
        reason: null,
        ...state.db.files.get(message.id),
      } satisfies Schemas["MessageMediaOut"]);
    }),
  ),
  http.post(
    "*/api/conversations/:id/messages/:message/media",
    guarded(({ params }) => {
      const message = state.db.messages
        .get(String(params.id))
        ?.find((one) => one.id === params.message);
      if (!message?.media) return MISSING();
      message.media = { ...message.media, state: "pending", reason: null };
      return HttpResponse.json({ ...message.media, url: null, state: "pending" }, { status: 202 });
    }),
  ),
  http.post(
    "*/api/media/uploads",
    guarded(async ({ request }) => {
      const body = (await request.json()) as Schemas["MediaUpload"];
      if (body.kind === "image" && !/^image\/(jpeg|png)$/.test(body.mime_type)) {
        return problem(422, "invalid", "WhatsApp takes images as JPEG or PNG only.");
      }
      const upload_id = idOf("upl", state.db.uploads.size + 1);
      state.db.uploads.set(upload_id, { kind: body.kind, body: null });
      return HttpResponse.json(
        {
          upload_id,
          url: `http://storage.test/${upload_id}`,
          content_type: body.mime_type,
          expires_in_s: 3600,
        } satisfies Schemas["MediaUploadOut"],
        { status: 201 },
      );
    }),
  ),
  http.put("http://storage.test/:upload", async ({ params, request }) => {
    const upload = state.db.uploads.get(String(params.upload));
    if (upload) upload.body = await request.arrayBuffer();
    return new HttpResponse(null, { status: upload ? 200 : 403 });
  }),
  http.post(
    "*/api/media",
    guarded(async ({ request }) => {
      const body = (await request.json()) as Schemas["MediaCreate"];
      const upload = state.db.uploads.get(body.upload_id);
      if (!upload?.body) return MISSING();
      const at = new Date().toISOString();
      return HttpResponse.json(
        {
          id: body.upload_id.replace("upl_", "med_"),
          kind: body.kind,
          mime_type: "image/png",
          filename: body.filename ?? "",
          size_bytes: upload.body.byteLength,
          url: PIXEL,
          thumbnail_url: null,
          url_expires_at: at,
          created_by: idOf("usr", 1),
          created_at: at,
          expires_at: at,
        } satisfies Schemas["MediaOut"],
        { status: 201 },
      );
    }),
  ),
];

export const conversations = [
  ...messages,
  ...files,
  http.get(
    "*/api/conversations",
    guarded(({ url }) => {
      const wanted = url.searchParams.get("state") ?? "open";
      const assignee = url.searchParams.get("assignee");
      const ids = { me: USER.id, nobody: null };
      return paged(
        state.db.conversations.filter(
          (one) =>
            one.state === wanted &&
            (assignee === null || one.assignee_id === ids[assignee as keyof typeof ids]),
        ),
        url,
      );
    }),
  ),
  http.get(
    "*/api/conversations/:id",
    guarded(({ params }) => {
      const one = findConversation(params);
      return one ? HttpResponse.json(one) : MISSING();
    }),
  ),
  http.patch(
    "*/api/conversations/:id",
    guarded(async ({ params, request }) => {
      const one = findConversation(params);
      if (!one) return MISSING();
      Object.assign(one, await request.json());
      return HttpResponse.json(one);
    }),
  ),
  http.post(
    "*/api/conversations/:id/read",
    guarded(async ({ params, request }) => {
      const one = findConversation(params);
      if (!one) return MISSING();
      const { typing } = (await request.json()) as { typing: boolean };
      state.db.reads.push({ contactId: one.contact_id, typing });
      one.unread = 0;
      return HttpResponse.json(one);
    }),
  ),
];
