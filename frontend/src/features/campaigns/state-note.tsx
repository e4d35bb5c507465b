/** Why a campaign is as it is, what to do next, and when it starts by itself. */
import { CalendarClock, CircleAlert, CirclePause } from "lucide-react";
import type { ReactNode } from "react";
import { formatIn, ownZone } from "@/lib/time-zone";
import type { Campaign } from "./ledger";

function Note({
  icon: Icon,
  title,
  children,
}: {
  icon: typeof CircleAlert;
  title: string;
  children: ReactNode;
}) {
  return (
    <section
      aria-label={title}
      className="mb-4 flex items-start gap-2.5 rounded-control bg-accent-soft px-3 py-2.5 text-accent-text"
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        <p className="font-semibold">{title}</p>
        {children}
      </div>
    </section>
  );
}

const TITLES: Partial<Record<Campaign["state"], string>> = {
  draft: "It is a draft again",
  running: "It is waiting",
  paused: "Parley paused it",
  failed: "Nothing was sent",
};

export function StateNote({ campaign }: { campaign: Campaign }) {
  const { schedule, state, state_reason } = campaign;
  if (schedule) {
    const at = new Date(schedule.starts_at);
    const here = ownZone();
    return (
      <Note icon={CalendarClock} title={`Starts ${formatIn(at, schedule.time_zone)}`}>
        <p>
          In {schedule.time_zone}
          {schedule.time_zone === here ? "" : `; ${formatIn(at, here)} for you (${here})`}.
        </p>
        {schedule.note ? <p>{schedule.note}</p> : null}
      </Note>
    );
  }
  if (state_reason) {
    return (
      <Note
        icon={state === "paused" ? CirclePause : CircleAlert}
        title={TITLES[state] ?? "Please note"}
      >
        <p>{state_reason}</p>
      </Note>
    );
  }
  if (state === "paused") {
    return (
      <Note icon={CirclePause} title="Paused by your team">
        <p>Nobody more gets it until you resume. Those it was sent to still get it and answer.</p>
      </Note>
    );
  }
  return null;
}
