/** The PINs that Parley made up for numbers: each is shown once. */
import { KeyRound } from "lucide-react";
import { cn } from "@/lib/cn";
import type { NumSetup } from "./api";

function PinNote({ pin, number }: { pin: string; number: string }) {
  return (
    <div className="flex items-start gap-2.5 rounded-control bg-accent-soft px-3 py-2.5 text-accent-text">
      <KeyRound aria-hidden className="mt-0.5 size-4 shrink-0" />
      <p>
        The PIN of {number} is{" "}
        <strong className="font-mono text-base tracking-widest">{pin}</strong>. Note it down now: it
        is not shown again, and another place to connect the number will ask for it.
      </p>
    </div>
  );
}

interface PinNotesProps {
  numbers: readonly (NumSetup | undefined)[];
  className?: string;
}

/** Read out when a PIN appears; nothing where none was made up. */
export function PinNotes({ numbers, className }: PinNotesProps) {
  const made = numbers.filter((number) => number?.pin != null);
  return (
    <div
      role="status"
      className={cn("flex flex-col gap-2", made.length === 0 && "sr-only", className)}
    >
      {made.map((number) =>
        number?.pin ? (
          <PinNote key={number.id} pin={number.pin} number={number.display_phone_number} />
        ) : null,
      )}
    </div>
  );
}
