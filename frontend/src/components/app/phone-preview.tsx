/** A message from a template as it looks on a phone, light or dark; the API's preview is its model. */
import {
  Copy,
  ExternalLink,
  FileText,
  Image,
  MapPin,
  Phone,
  PhoneCall,
  Reply,
  ShoppingBag,
  Sparkles,
  TicketPercent,
  Video,
} from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Schemas } from "@/lib/api/client";
import { cn } from "@/lib/cn";
import { formatMoment } from "@/lib/format";
import { Segments } from "../ui/segments";
import { MarkedWords } from "./marked-text";

export type PhoneMessage = Pick<
  Schemas["TemplatePreview"],
  "header" | "offer" | "offer_expires_at" | "body" | "footer" | "buttons" | "cards"
>;
type Header = NonNullable<PhoneMessage["header"]>;
type PhoneButton = PhoneMessage["buttons"][number];
/** Shows the words of the message, not those of its cards; `part` is where they stand. */
type ShowWords = (text: string, part: "header" | "body") => ReactNode;

const BUTTON_ICONS: Record<string, typeof Reply> = {
  QUICK_REPLY: Reply,
  URL: ExternalLink,
  PHONE_NUMBER: Phone,
  VOICE_CALL: PhoneCall,
  COPY_CODE: Copy,
  OTP: Copy,
  FLOW: FileText,
  CATALOG: ShoppingBag,
  MPM: ShoppingBag,
  SPM: ShoppingBag,
};

const MEDIA: Record<string, { icon: typeof Image; word: string }> = {
  IMAGE: { icon: Image, word: "Image" },
  VIDEO: { icon: Video, word: "Video" },
  GIF: { icon: Sparkles, word: "GIF" },
  DOCUMENT: { icon: FileText, word: "Document" },
  LOCATION: { icon: MapPin, word: "Place on the map" },
  PRODUCT: { icon: ShoppingBag, word: "Product of the catalogue" },
};

/** A variable that has no value yet stands out as what is still to be filled. */
function withVariables(text: string): ReactNode {
  return text.split(/(\{\{\s*[^{}]*?\s*\}\})/).map((piece, index) =>
    piece.startsWith("{{") ? (
      <span
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no other identity
        key={index}
        className="rounded-xs bg-accent-soft px-0.5 text-accent-text"
      >
        {piece}
      </span>
    ) : (
      piece
    ),
  );
}

const showFormatted: ShowWords = (text, part) =>
  part === "body" ? <MarkedWords text={text} leaf={withVariables} /> : withVariables(text);

function HeaderPart({ header, show }: { header: Header; show: ShowWords }) {
  if (header.format === "TEXT") {
    return (
      <p className="wrap-anywhere mb-1 font-semibold text-[0.9375rem]">
        {show(header.text ?? "", "header")}
      </p>
    );
  }
  const { icon: Icon, word } = MEDIA[header.format] ?? { icon: FileText, word: header.format };
  const isPicture = header.format === "IMAGE" && /^(https|blob):/.test(header.media ?? "");
  if (isPicture) {
    return (
      <img
        src={header.media ?? ""}
        alt=""
        className="-mx-1 -mt-1 mb-2 aspect-[1.91] w-[calc(100%+0.5rem)] max-w-none rounded-md object-cover"
      />
    );
  }
  const place = header.location;
  return (
    <div className="-mx-1 -mt-1 mb-2 flex aspect-[1.91] flex-col items-center justify-center gap-1.5 rounded-md bg-sunken p-3 text-center text-muted text-xs">
      <Icon aria-hidden className="size-7" strokeWidth={1.5} />
      {place?.name ? <span className="font-medium text-ink">{place.name}</span> : word}
      {place?.address ? <span>{place.address}</span> : null}
    </div>
  );
}

function Buttons({ buttons }: { buttons: readonly PhoneButton[] }) {
  if (buttons.length === 0) return null;
  return (
    <ul className="-mx-2.5 mt-2.5 -mb-1 divide-y border-t">
      {buttons.map((button, index) => {
        const Icon = BUTTON_ICONS[button.type] ?? Reply;
        return (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: two buttons may say the same
            key={index}
            title={button.target ?? undefined}
            className="flex items-center justify-center gap-2 px-2 py-2 text-center text-brand-text"
          >
            <Icon aria-hidden className="size-4 shrink-0" />
            <span className="wrap-anywhere">{button.text || "…"}</span>
          </li>
        );
      })}
    </ul>
  );
}

const BUBBLE = "rounded-lg bg-surface p-2.5 shadow-sm";

function Cards({ cards, show }: { cards: PhoneMessage["cards"]; show: ShowWords }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div
      role="group"
      aria-label="Cards"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="mt-2 flex gap-2 overflow-x-auto pb-1"
    >
      {cards.map((card, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: cards have no other identity than their place
        <div key={index} className={cn(BUBBLE, "w-48 shrink-0")}>
          {card.header ? <HeaderPart header={card.header} show={show} /> : null}
          <p className="wrap-anywhere whitespace-pre-line">{show(card.body, "body")}</p>
          <Buttons buttons={card.buttons} />
        </div>
      ))}
    </div>
  );
}

/** The bubble alone, for a place that has a frame of its own. */
export function MessageBubble({
  message,
  show = showFormatted,
}: {
  message: PhoneMessage;
  show?: ShowWords;
}) {
  return (
    <div className="min-w-0">
      <div className={cn(BUBBLE, "max-w-72 rounded-tl-none")}>
        {message.header ? <HeaderPart header={message.header} show={show} /> : null}
        {message.offer === null ? null : (
          <p className="-mx-1 mb-2 flex items-start gap-2 rounded-md bg-sunken p-2">
            <TicketPercent aria-hidden className="mt-0.5 size-4 shrink-0 text-accent-text" />
            <span className="wrap-anywhere min-w-0 font-medium">
              {message.offer || "…"}
              {message.offer_expires_at ? (
                <span className="block font-normal text-muted text-xs">
                  Ends {formatMoment(message.offer_expires_at)}
                </span>
              ) : null}
            </span>
          </p>
        )}
        <p dir="auto" className="wrap-anywhere whitespace-pre-line">
          {message.body ? show(message.body, "body") : <span className="text-muted">…</span>}
        </p>
        {message.footer ? (
          <p className="wrap-anywhere mt-1.5 text-muted text-xs">{message.footer}</p>
        ) : null}
        <Buttons buttons={message.buttons} />
      </div>
      {message.cards.length > 0 ? <Cards cards={message.cards} show={showFormatted} /> : null}
    </div>
  );
}

type Look = "page" | "light" | "dark";

/** The bubble on a phone's screen, with a choice of its colours. */
export function PhonePreview({ message }: { message: PhoneMessage | undefined }) {
  const [look, setLook] = useState<Look>("page");
  return (
    <>
      <div
        className={cn(
          "min-h-40 bg-chat p-4 text-ink [background-image:radial-gradient(circle,var(--line)_1px,transparent_1px)] [background-size:18px_18px]",
          look !== "page" && look,
        )}
      >
        {message ? (
          <MessageBubble message={message} />
        ) : (
          <p className="text-muted">The message appears here as you write it.</p>
        )}
      </div>
      <div className="flex items-center justify-between gap-3 border-t px-4 py-2 text-muted text-xs">
        <span>With the examples</span>
        <Segments
          label="Colours of the phone"
          value={look}
          options={[
            { value: "page", label: "Auto" },
            { value: "light", label: "Light" },
            { value: "dark", label: "Dark" },
          ]}
          onChange={setLook}
        />
      </div>
    </>
  );
}
