/** The ticks of an outgoing message: a clock, one, two, two in blue, or a warning. */
import { Check, CheckCheck, CircleAlert, CircleHelp, Clock3, type LucideIcon } from "lucide-react";
import { cn } from "@/lib/cn";
import { humanise } from "@/lib/format";

interface TickLooks {
  icon: LucideIcon;
  label: string;
  className: string;
}

const LOOKS: Record<string, TickLooks> = {
  queued: { icon: Clock3, label: "Waiting", className: "text-muted" },
  claimed: { icon: Clock3, label: "Being sent", className: "text-muted" },
  accepted: { icon: Clock3, label: "Accepted by WhatsApp", className: "text-muted" },
  held: { icon: Clock3, label: "Held by WhatsApp", className: "text-accent-text" },
  sent: { icon: Check, label: "Sent", className: "text-muted" },
  delivered: { icon: CheckCheck, label: "Delivered", className: "text-muted" },
  read: { icon: CheckCheck, label: "Read", className: "text-read-tick" },
  failed: { icon: CircleAlert, label: "Failed", className: "text-danger-text" },
  unknown: {
    icon: CircleHelp,
    label: "Unknown: WhatsApp did not answer",
    className: "text-accent-text",
  },
};

export function looksOf(state: string): TickLooks {
  return LOOKS[state] ?? { icon: CircleHelp, label: humanise(state), className: "text-muted" };
}

export function Ticks({ state }: { state: string }) {
  const { icon: Icon, label, className } = looksOf(state);
  return (
    <span role="img" aria-label={label} title={label} className={cn("inline-flex", className)}>
      <Icon aria-hidden className="size-3.75" strokeWidth={2.2} />
    </span>
  );
}
