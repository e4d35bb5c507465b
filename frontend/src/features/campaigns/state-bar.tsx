/** A bar in which each state has its share of the audience. */
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/format";
import { type Counts, STATES, totalOf } from "./ledger";

/** In the order of a journey's end: what is done on the left, what waits on the right. */
const ORDER = [
  "read",
  "delivered",
  "sent",
  "accepted",
  "held",
  "unknown",
  "failed",
  "skipped",
  "claimed",
  "queued",
] as const;

const PATTERNED = new Set<string>(["skipped", "unknown", "held"]);

export function Swatch({ state }: { state: string }) {
  return (
    <span
      aria-hidden
      style={{ backgroundColor: `var(--state-${state})` }}
      className={cn(
        "inline-block size-2.5 shrink-0 rounded-[3px]",
        PATTERNED.has(state) && "hatched",
      )}
    />
  );
}

export function StateBar({ counts, className }: { counts: Counts; className?: string }) {
  const total = totalOf(counts);
  const shown = ORDER.filter((state) => (counts[state] ?? 0) > 0);
  const words = shown.map((state) => {
    const label = STATES.find((one) => one.state === state)?.label ?? state;
    return `${formatCount(counts[state] ?? 0)} ${label.toLowerCase()}`;
  });
  return (
    <div
      role="img"
      aria-label={total > 0 ? words.join(", ") : "Nobody yet"}
      className={cn("flex h-2 w-full gap-px overflow-hidden rounded-full bg-sunken", className)}
    >
      {shown.map((state) => (
        <span
          key={state}
          style={{
            flexGrow: counts[state] ?? 0,
            flexBasis: 0,
            minWidth: 2,
            backgroundColor: `var(--state-${state})`,
          }}
          className={cn("transition-[flex-grow] duration-500", PATTERNED.has(state) && "hatched")}
        />
      ))}
    </div>
  );
}
