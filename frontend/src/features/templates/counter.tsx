/** How long a text is, and how long WhatsApp takes it: red above. */
import { cn } from "@/lib/cn";

/** Counts characters as the API does: by code points, an emoji is one. */
export function lengthOf(text: string): number {
  return [...text].length;
}

export function Counter({ text, most }: { text: string; most: number }) {
  const length = lengthOf(text);
  return (
    <span
      className={cn(
        "tabular font-normal text-xs",
        length > most ? "font-medium text-danger-text" : "text-muted",
      )}
    >
      {length}
      <span aria-hidden> / </span>
      <span className="sr-only"> of </span>
      {most}
    </span>
  );
}
