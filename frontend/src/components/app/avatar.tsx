/** Initials on a colour that a person keeps. */
import { cn } from "@/lib/cn";
import { initials } from "@/lib/format";

function hueOf(key: string): number {
  let sum = 0;
  for (const letter of key) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360;
  return sum;
}

/** Drawn by CSS, since it is a picture and no text. `seed` is an id, so that a person keeps the colour through a change of name. */
export function Avatar({
  name,
  seed,
  className,
}: {
  name: string;
  seed: string;
  className?: string;
}) {
  return (
    <span
      aria-hidden
      data-initials={initials(name)}
      style={{ "--hue": hueOf(seed) } as React.CSSProperties}
      className={cn(
        "grid size-10 before:content-[attr(data-initials)] shrink-0 place-items-center rounded-full bg-[oklch(0.92_0.035_var(--hue))] font-semibold text-[0.8125rem] text-[oklch(0.37_0.07_var(--hue))] dark:bg-[oklch(0.34_0.045_var(--hue))] dark:text-[oklch(0.9_0.05_var(--hue))]",
        className,
      )}
    />
  );
}
