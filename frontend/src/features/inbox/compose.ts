/** The bodies of the messages that the composer sends, in Meta's shape. */

import type { MediaKind } from "@/lib/media-upload";
import type { Message, MessageBody } from "./api";

interface Reply {
  context?: { message_id: string };
}

function answering(message: Pick<Message, "id"> | null): Reply {
  return message ? { context: { message_id: message.id } } : {};
}

export function textBody(text: string, replyTo: Pick<Message, "id"> | null): MessageBody {
  return { type: "text", text: { body: text, preview_url: true }, ...answering(replyTo) };
}

/** WhatsApp shows a caption below pictures, videos and documents only. */
export function takesCaption(kind: MediaKind): boolean {
  return kind === "image" || kind === "video" || kind === "document";
}

export function fileBody(
  file: { kind: MediaKind; mediaId: string; name: string },
  caption: string,
  replyTo: Pick<Message, "id"> | null,
): MessageBody {
  const id = file.mediaId;
  const said = caption && takesCaption(file.kind) ? { caption } : {};
  switch (file.kind) {
    case "image":
      return { type: "image", image: { id, ...said }, ...answering(replyTo) };
    case "video":
      return { type: "video", video: { id, ...said }, ...answering(replyTo) };
    case "audio":
      return { type: "audio", audio: { id }, ...answering(replyTo) };
    case "sticker":
      return { type: "sticker", sticker: { id }, ...answering(replyTo) };
    case "document":
      return {
        type: "document",
        document: { id, filename: file.name.slice(-240), ...said },
        ...answering(replyTo),
      };
  }
}

export function reactionBody(message: Pick<Message, "id">, emoji: string): MessageBody {
  return { type: "reaction", reaction: { message_id: message.id, emoji } };
}

/** A question with up to three answers as buttons, up to ten as a list. */
export function choiceBody(
  text: string,
  choices: readonly string[],
  replyTo: Pick<Message, "id"> | null,
): MessageBody {
  const titled = choices.map((title, index) => ({ id: `choice-${index + 1}`, title }));
  if (titled.length <= 3) {
    return {
      type: "interactive",
      interactive: {
        type: "button",
        body: { text },
        action: { buttons: titled.map((reply) => ({ type: "reply", reply })) },
      },
      ...answering(replyTo),
    };
  }
  return {
    type: "interactive",
    interactive: {
      type: "list",
      body: { text },
      action: { button: "Choose", sections: [{ rows: titled }] },
    },
    ...answering(replyTo),
  };
}

export function templateBody(
  templateId: string,
  values: Readonly<Record<string, string>>,
  numberId: string | null,
  replyTo: Pick<Message, "id"> | null,
): MessageBody {
  return {
    type: "template",
    template: { id: templateId, values: { ...values } },
    ...(numberId && { number_id: numberId }),
    ...answering(replyTo),
  };
}
