/** A text with WhatsApp's marks as its recipient sees it. */
import { Fragment, type ReactNode } from "react";
import { type Mark, type MarkedText, readMarks } from "@/lib/marks";

const ELEMENTS: Record<Mark, "strong" | "em" | "s" | "code"> = {
  bold: "strong",
  italic: "em",
  struck: "s",
  mono: "code",
};

function Parts({
  parts,
  leaf,
}: {
  parts: readonly MarkedText[];
  leaf: (text: string) => ReactNode;
}) {
  return parts.map((part, index) => {
    if (typeof part === "string") {
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other identity
      return <Fragment key={index}>{leaf(part)}</Fragment>;
    }
    const Element = ELEMENTS[part.mark];
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other identity
      <Element key={index} className={part.mark === "mono" ? "font-mono text-[0.92em]" : undefined}>
        <Parts parts={part.parts} leaf={leaf} />
      </Element>
    );
  });
}

/** `leaf` shows what stands between the marks; by default the words themselves. */
export function MarkedWords({
  text,
  leaf = (words) => words,
}: {
  text: string;
  leaf?: (text: string) => ReactNode;
}) {
  return <Parts parts={readMarks(text)} leaf={leaf} />;
}
