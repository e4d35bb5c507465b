/** The message as it would look on the phone of a real contact. */
import { ChevronLeft, ChevronRight, ExternalLink, Phone, Reply } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { cn } from "@/lib/cn";
import type { Contact } from "./api";
import { type Filling, fill, isMissing, type Piece, type TemplateChoice } from "./render";

function Pieces({ pieces }: { pieces: readonly Piece[] }) {
  return pieces.map((piece, index) => (
    <span
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no other identity
      key={index}
      className={cn(
        piece.kind === "filled" && "rounded-xs bg-accent-soft px-0.5 text-accent-text",
        piece.kind === "missing" && "rounded-xs bg-danger-soft px-0.5 text-danger-text",
      )}
    >
      {piece.text}
    </span>
  ));
}

const BUTTON_ICONS: Record<string, typeof Reply> = {
  QUICK_REPLY: Reply,
  URL: ExternalLink,
  PHONE_NUMBER: Phone,
};

function Bubble({
  template,
  fillings,
  contact,
}: {
  template: TemplateChoice;
  fillings: readonly Filling[];
  contact: Contact | undefined;
}) {
  return (
    <div className="max-w-72 rounded-lg rounded-tl-none bg-surface p-2.5 shadow-sm">
      {template.header ? (
        <p className="wrap-anywhere mb-1 font-semibold text-[0.9375rem]">
          <Pieces pieces={fill(template.header, "header", fillings, contact)} />
        </p>
      ) : null}
      <p className="wrap-anywhere whitespace-pre-line">
        <Pieces pieces={fill(template.body, "body", fillings, contact)} />
      </p>
      {template.footer ? <p className="mt-1.5 text-muted text-xs">{template.footer}</p> : null}
      {template.buttons.length > 0 ? (
        <ul className="-mx-2.5 mt-2.5 -mb-1 divide-y border-t">
          {template.buttons.map((button, index) => {
            const Icon = BUTTON_ICONS[button.type ?? ""] ?? Reply;
            return (
              <li
                // biome-ignore lint/suspicious/noArrayIndexKey: two buttons may say the same
                key={index}
                className="flex items-center justify-center gap-2 py-2 text-brand-text"
              >
                <Icon aria-hidden className="size-4" />
                {button.text}
              </li>
            );
          })}
        </ul>
      ) : null}
    </div>
  );
}

export function Preview({
  template,
  fillings,
  contacts,
}: {
  template: TemplateChoice | undefined;
  fillings: readonly Filling[];
  contacts: readonly Contact[];
}) {
  const [index, setIndex] = useState(0);
  const contact = contacts[index % Math.max(1, contacts.length)];
  const step = (by: number) =>
    setIndex((before) => (before + by + contacts.length) % contacts.length);
  const willSkip = contact?.opted_out || isMissing(fillings, contact);
  return (
    <Card aria-labelledby="preview-title" className="overflow-hidden">
      <CardHeading id="preview-title" title="Preview">
        {contacts.length > 1 ? (
          <span className="flex">
            <Button
              size="icon"
              variant="ghost"
              aria-label="Contact before"
              onClick={() => step(-1)}
            >
              <ChevronLeft aria-hidden />
            </Button>
            <Button size="icon" variant="ghost" aria-label="Next contact" onClick={() => step(1)}>
              <ChevronRight aria-hidden />
            </Button>
          </span>
        ) : null}
      </CardHeading>
      <div className="min-h-40 bg-chat p-4">
        {template ? (
          <Bubble template={template} fillings={fillings} contact={contact} />
        ) : (
          <p className="text-muted">Choose a template to see the message here.</p>
        )}
      </div>
      <p aria-live="polite" className="border-t px-4 py-2.5 text-muted text-xs">
        {contact
          ? `As ${contact.name || contact.phone || "a contact without a name"} would read it${
              template && willSkip
                ? contact.opted_out
                  ? "; but they asked for no more messages and would be skipped."
                  : "; but a variable is empty, so they would be skipped."
                : "."
            }`
          : "There are no contacts yet, so variables show their fallback."}
      </p>
    </Card>
  );
}
