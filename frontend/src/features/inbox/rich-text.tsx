/** A text with WhatsApp's own marks (*bold*, _italic_, ~struck~, `code`) and its links. */
import type { ReactNode } from "react";

/**
 * A mark counts at the edge of a word, on one line, around something; a link ends before the
 * punctuation of the sentence.
 */
const MARK =
  /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])|```([\s\S]+?)```|`([^`\n]+)`|(?<![\p{L}\p{N}*])\*(\S(?:[^*\n]*\S)?)\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(\S(?:[^_\n]*\S)?)_(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}~])~(\S(?:[^~\n]*\S)?)~(?![\p{L}\p{N}~])/gu;

function marked(found: RegExpMatchArray): ReactNode {
  const [whole, link, block, code, bold, italic, struck] = found;
  const key = found.index;
  if (link) {
    return (
      <a key={key} href={link} target="_blank" rel="noopener noreferrer" className="underline">
        {link}
      </a>
    );
  }
  if (block ?? code) {
    return (
      <code key={key} className="font-mono text-[0.9em]">
        {block ?? code}
      </code>
    );
  }
  if (bold) return <strong key={key}>{parts(bold)}</strong>;
  if (italic) return <em key={key}>{parts(italic)}</em>;
  if (struck) return <s key={key}>{parts(struck)}</s>;
  return whole;
}

function parts(text: string): ReactNode[] {
  const found: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(MARK)) {
    if (match.index > end) found.push(text.slice(end, match.index));
    found.push(marked(match));
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push(text.slice(end));
  return found;
}

export function RichText({ children }: { children: string }) {
  return (
    <p dir="auto" className="wrap-anywhere whitespace-pre-line">
      {parts(children)}
    </p>
  );
}
