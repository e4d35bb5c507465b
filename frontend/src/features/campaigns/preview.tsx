/** The message as it would look on the phone of a real contact. */
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";
import { MarkedWords } from "@/components/app/marked-text";
import { MessageBubble, type PhoneMessage } from "@/components/app/phone-preview";
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

/** The template's own preview, with its words as they are written: the contact's go into them. */
function messageOf(template: TemplateChoice): PhoneMessage {
  const { preview, header, body } = template;
  return { ...preview, header: preview.header && { ...preview.header, text: header }, body };
}

export default function Preview({
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
          <MessageBubble
            message={messageOf(template)}
            show={(text, part) => (
              <MarkedWords
                text={text}
                leaf={(words) => <Pieces pieces={fill(words, part, fillings, contact)} />}
              />
            )}
          />
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
