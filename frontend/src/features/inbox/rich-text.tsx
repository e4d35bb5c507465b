/** A text with WhatsApp's own marks and its links. */
import type { ReactNode } from "react";
import { MarkedWords } from "@/components/app/marked-text";

/** A link ends before the punctuation of the sentence. */
const LINK = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])/;

function withLinks(text: string): ReactNode {
  // Split by a group: what matched stands at every second place.
  return text.split(LINK).map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other identity
      <a key={index} href={part} target="_blank" rel="noopener noreferrer" className="underline">
        {part}
      </a>
    ) : (
      part
    ),
  );
}

export function RichText({ children }: { children: string }) {
  return (
    <p dir="auto" className="wrap-anywhere whitespace-pre-line">
      <MarkedWords text={children} leaf={withLinks} />
    </p>
  );
}
