/** When a campaign starts by itself: a local time of a time zone, and the moment that this is. */
import { useQuery } from "@tanstack/react-query";
import { CalendarClock } from "lucide-react";
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { ZoneField } from "@/components/app/zone-field";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Modal } from "@/components/ui/modal";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";
import { formatDuration } from "@/lib/format";
import { formatIn, isZone, localIn, momentOf, ownZone } from "@/lib/time-zone";
import { useNow } from "@/lib/use-now";
import { rulesQuery } from "./api";
import { useSchedule } from "./changes";
import type { Campaign } from "./ledger";

const HOUR_MS = 3_600_000;

/** The next full hour that is at least an hour away. */
function firstGuess(zone: string): string {
  return localIn(new Date(Math.ceil(Date.now() / HOUR_MS + 1) * HOUR_MS), zone);
}

/** The moment in words: how far away, and what the clock here shows then. */
function Moment({ local, zone }: { local: string; zone: string }) {
  const now = useNow(1_000);
  const at = momentOf(local, zone);
  if (!at) return null;
  const away = at.getTime() - now.getTime();
  const here = ownZone();
  return (
    <p role="status" className="rounded-control bg-sunken px-3 py-2">
      {away > 0 ? (
        <>
          It starts in {formatDuration(away / 1000)}: <strong>{formatIn(at, zone)}</strong> in{" "}
          {zone}
          {here === zone ? "" : `, which is ${formatIn(at, here)} for you (${here})`}.
        </>
      ) : (
        `This is past: it is ${formatIn(now, zone)} in ${zone}.`
      )}
    </p>
  );
}

interface ScheduleDialogProps {
  campaign: Campaign;
  onClose: () => void;
}

/** The form once the zone is known with which it begins. */
function ScheduleForm({ campaign, zone: first, onClose }: ScheduleDialogProps & { zone: string }) {
  const schedule = useSchedule(campaign.id);
  const [zone, setZone] = useState(first);
  const [local, setLocal] = useState(() => campaign.schedule?.at.slice(0, 16) ?? firstGuess(first));
  const [isChecked, setIsChecked] = useState(false);
  const fields = schedule.error instanceof ApiProblem ? schedule.error.fields : [];
  const said = (name: string) => fields.find((one) => one.field === name)?.message;
  const problems = {
    at: local === "" ? "Choose a day and a time." : undefined,
    zone: isZone(zone) ? undefined : "Write a time zone like Europe/Berlin; the list helps.",
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (problems.at || problems.zone) return;
    schedule.mutate(
      { at: local, time_zone: zone },
      {
        onSuccess: () => {
          toast.success("Scheduled.");
          onClose();
        },
      },
    );
  }

  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4 overflow-y-auto p-4 sm:p-5">
      <FormError>
        {schedule.error && !said("at") && !said("time_zone")
          ? sentenceOf(schedule.error)
          : undefined}
      </FormError>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Day and time" error={(isChecked ? problems.at : undefined) ?? said("at")}>
          {(control) => (
            <Input
              {...control}
              type="datetime-local"
              value={local}
              onChange={(event) => setLocal(event.target.value)}
            />
          )}
        </Field>
        <ZoneField
          label="Time zone"
          error={(isChecked ? problems.zone : undefined) ?? said("time_zone")}
          value={zone}
          onChange={setZone}
        />
      </div>
      <Moment local={local} zone={zone} />
      <p className="text-muted text-xs">
        Whoever belongs to the audience then gets it. If something stands against it, such as a
        paused template, it becomes a draft again and says why.
      </p>
      <Button type="submit" variant="primary" className="self-start" isBusy={schedule.isPending}>
        {schedule.isPending ? null : <CalendarClock aria-hidden />}
        {campaign.schedule ? "Change the time" : "Schedule it"}
      </Button>
    </form>
  );
}

export default function ScheduleDialog({ campaign, onClose }: ScheduleDialogProps) {
  const rules = useQuery(rulesQuery);
  const zone = campaign.schedule?.time_zone ?? rules.data?.time_zone ?? ownZone();
  return (
    <Modal
      title={campaign.schedule ? "Change when it starts" : "Schedule the campaign"}
      lead="It starts by itself; real messages go out then. You can change or stop it until it starts."
      onClose={onClose}
    >
      {rules.isPending ? (
        <p role="status" className="p-5 text-muted">
          Loading…
        </p>
      ) : (
        <ScheduleForm campaign={campaign} zone={zone} onClose={onClose} />
      )}
    </Modal>
  );
}
