/** Copies a text, and says whether it could: a browser may forbid it. */
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";

interface CopyButtonProps {
  text: string;
  /** What is copied, in words: "Copy the key". */
  children: string;
  onCopied?: () => void;
}

export function CopyButton({ text, children, onCopied }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<"copied" | "refused" | null>(null);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
      onCopied?.();
    } catch {
      setOutcome("refused");
    }
  }

  return (
    <>
      <Button onClick={() => void copy()}>
        {outcome === "copied" ? <Check aria-hidden /> : <Copy aria-hidden />}
        {children}
      </Button>
      <span role="status" className="self-center text-muted text-xs">
        {outcome === "copied" ? "Copied." : null}
        {outcome === "refused" ? "The browser does not allow it: select it and copy it." : null}
      </span>
    </>
  );
}
