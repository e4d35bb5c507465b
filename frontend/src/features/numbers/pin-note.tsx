/** The PIN that Parley made up for a number: it is shown once. */
import { KeyRound } from "lucide-react";

export function PinNote({ pin, number }: { pin: string; number: string }) {
  return (
    <div
      role="status"
      className="flex items-start gap-2.5 rounded-control bg-accent-soft px-3 py-2.5 text-accent-text"
    >
      <KeyRound aria-hidden className="mt-0.5 size-4 shrink-0" />
      <p>
        The PIN of {number} is{" "}
        <strong className="font-mono text-base tracking-widest">{pin}</strong>. Note it down now: it
        is not shown again, and another place to connect the number will ask for it.
      </p>
    </div>
  );
}
