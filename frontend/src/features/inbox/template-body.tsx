/** A message from a template, as it was sent: its text, what its header held, its buttons. */
import { useQuery } from "@tanstack/react-query";
import { FileText } from "lucide-react";
import { humanise } from "@/lib/format";
import { asList, asObject, asText } from "@/lib/json";
import { useCan } from "@/lib/permissions";
import { type Message, sendableTemplatesQuery } from "./api";
import { Choices } from "./interactive-body";
import { RichText } from "./rich-text";

interface Sent {
  name: string;
  language: string;
  /** image, video, document or location: what the header showed, if not a text. */
  header: string | null;
  filename: string;
}

export function sentTemplate(content: unknown): Sent {
  const sent = asObject(content);
  const header = asList(sent.components)
    .map(asObject)
    .find((part) => asText(part.type).toLowerCase() === "header");
  const value = asObject(asList(header?.parameters)[0]);
  const kind = asText(value.type);
  return {
    name: asText(sent.name),
    language: asText(asObject(sent.language).code),
    header: kind === "" || kind === "text" ? null : kind,
    filename: asText(asObject(value[kind]).filename),
  };
}

export function TemplateBody({ message }: { message: Message }) {
  const canRead = useCan("templates:read");
  const sent = sentTemplate(message.content);
  // The buttons are the template's own; of one that is gone or was changed only the text is sure.
  const templates = useQuery({
    ...sendableTemplatesQuery(null),
    enabled: canRead && sent.name !== "",
  });
  const template = templates.data?.find(
    (one) => one.name === sent.name && one.language === sent.language,
  );
  return (
    <div>
      {sent.header ? (
        <p className="mb-1.5 flex items-center gap-2 rounded-control bg-sunken px-3 py-2 text-muted">
          <FileText aria-hidden className="size-4" />
          {humanise(sent.header)}
          {sent.filename ? ` · ${sent.filename}` : ""}
        </p>
      ) : null}
      <RichText>{message.text || `Template ${sent.name}`}</RichText>
      <Choices
        choices={(template?.buttons ?? []).map((button) => ({
          title: button.text ?? humanise(button.type ?? ""),
          isLink: button.type === "URL",
        }))}
      />
    </div>
  );
}
