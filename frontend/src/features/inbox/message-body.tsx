/** What a message says, by its type; a type that is not known is told by its line of text. */
import { CircleSlash, Info, MapPin, Reply, ShoppingBag, UserRound } from "lucide-react";
import type { ReactNode } from "react";
import { humanise } from "@/lib/format";
import { asList, asObject, asText } from "@/lib/json";
import type { Message } from "./api";
import { Attachment } from "./attachment";
import { InteractiveAnswer, InteractiveQuestion } from "./interactive-body";
import { RichText } from "./rich-text";
import { TemplateBody } from "./template-body";

const FILES = new Set(["image", "video", "audio", "document", "sticker"]);

function Quiet({ icon: Icon, children }: { icon: typeof Info; children: ReactNode }) {
  return (
    <p className="flex items-start gap-1.5 text-muted italic">
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span className="wrap-anywhere min-w-0">{children}</span>
    </p>
  );
}

function Place({ content }: { content: unknown }) {
  const place = asObject(content);
  const [latitude, longitude] = [asText(place.latitude), asText(place.longitude)];
  const name = asText(place.name);
  return (
    <a
      href={`https://www.openstreetmap.org/?mlat=${encodeURIComponent(latitude)}&mlon=${encodeURIComponent(longitude)}#map=16/${encodeURIComponent(latitude)}/${encodeURIComponent(longitude)}`}
      target="_blank"
      rel="noopener noreferrer"
      className="flex items-start gap-2.5 hover:underline"
    >
      <MapPin aria-hidden className="mt-0.5 size-5 shrink-0 text-brand-text" />
      <span className="wrap-anywhere min-w-0">
        <span className="block font-medium">{name || "Location"}</span>
        <span className="block text-muted text-xs">
          {asText(place.address) || `${latitude}, ${longitude}`}
        </span>
        <span className="sr-only">Open the map</span>
      </span>
    </a>
  );
}

function Cards({ content }: { content: unknown }) {
  return (
    <ul className="flex min-w-48 flex-col gap-2">
      {asList(content).map((one, index) => {
        const card = asObject(one);
        const phones = asList(card.phones).map((phone) => asText(asObject(phone).phone));
        const emails = asList(card.emails).map((email) => asText(asObject(email).email));
        const company = asText(asObject(card.org).company);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: two cards may be alike
          <li key={index} className="flex items-start gap-2.5">
            <UserRound aria-hidden className="mt-0.5 size-5 shrink-0 text-brand-text" />
            <span className="wrap-anywhere min-w-0">
              <span className="block font-medium">
                {asText(asObject(card.name).formatted_name) || "Without a name"}
              </span>
              {company ? <span className="block text-muted text-xs">{company}</span> : null}
              {phones.filter(Boolean).map((phone) => (
                <a key={phone} href={`tel:${phone}`} className="tabular block underline">
                  {phone}
                </a>
              ))}
              {emails.filter(Boolean).map((email) => (
                <a key={email} href={`mailto:${email}`} className="block underline">
                  {email}
                </a>
              ))}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Order({ content }: { content: unknown }) {
  const order = asObject(content);
  const items = asList(order.product_items).map(asObject);
  const currency = asText(items[0]?.currency);
  const total = items.reduce(
    (sum, item) => sum + Number(item.item_price ?? 0) * Number(item.quantity ?? 0),
    0,
  );
  return (
    <div className="min-w-48">
      <p className="mb-1 flex items-center gap-2 font-medium">
        <ShoppingBag aria-hidden className="size-4 text-brand-text" />
        Order
      </p>
      <ul className="tabular">
        {items.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a product may be listed twice
          <li key={index} className="flex justify-between gap-4">
            <span className="wrap-anywhere">
              {asText(item.quantity)} × {asText(item.product_retailer_id)}
            </span>
            <span>{asText(item.item_price)}</span>
          </li>
        ))}
      </ul>
      {items.length > 0 ? (
        <p className="tabular mt-1 flex justify-between gap-4 border-t pt-1 font-medium">
          <span>Total</span>
          <span>
            {total.toFixed(2)} {currency}
          </span>
        </p>
      ) : null}
      {asText(order.text) ? <RichText>{asText(order.text)}</RichText> : null}
    </div>
  );
}

function Words({ message }: { message: Message }) {
  if (message.text) return <RichText>{message.text}</RichText>;
  return <Quiet icon={Info}>{humanise(message.type)} message</Quiet>;
}

/** A caption, which Meta keeps with the file; the line of text stands in for it elsewhere. */
function captionOf(message: Message): string {
  return message.media?.caption || asText(asObject(message.content).caption);
}

export function MessageBody({ contactId, message }: { contactId: string; message: Message }) {
  const { type, content } = message;
  if (message.revoked_at) {
    const who = message.direction === "in" ? "They" : "You";
    return <Quiet icon={CircleSlash}>{who} deleted this message.</Quiet>;
  }
  if (FILES.has(type) && (message.media || content)) {
    const caption = captionOf(message);
    return (
      <div className="flex flex-col gap-1.5">
        <Attachment contactId={contactId} message={message} />
        {caption ? <RichText>{caption}</RichText> : null}
      </div>
    );
  }
  if (type === "location" && content) return <Place content={content} />;
  if (type === "contacts" && content) return <Cards content={content} />;
  if (type === "order" && content) return <Order content={content} />;
  if (type === "template") return <TemplateBody message={message} />;
  if (type === "interactive" && content) {
    return message.direction === "in" ? (
      <InteractiveAnswer message={message} />
    ) : (
      <InteractiveQuestion message={message} />
    );
  }
  if (type === "button") {
    return (
      <p dir="auto" className="wrap-anywhere flex items-start gap-1.5">
        <Reply aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
        <span className="sr-only">Pressed the button </span>
        {message.text}
      </p>
    );
  }
  if (type === "reaction") {
    return <Quiet icon={Info}>Reaction {message.text}</Quiet>;
  }
  if (type === "unsupported" || type === "unknown") {
    return (
      <Quiet icon={Info}>
        WhatsApp does not pass this kind of message on to businesses. Ask them to write it as a text
        or to send a photo.
      </Quiet>
    );
  }
  return <Words message={message} />;
}
