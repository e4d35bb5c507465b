/** What can be done with a campaign now; what cannot be taken back is asked first. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import {
  Ban,
  CalendarClock,
  CalendarX,
  Copy,
  FlaskConical,
  Pause,
  Pencil,
  Play,
  RotateCw,
  Send,
  Trash2,
} from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { sentenceOf } from "@/lib/api/problem";
import { reportQuery } from "./api";
import { useCampaignAction, useDeleteDraft, useDuplicate, useSchedule } from "./changes";
import { type Action, actionsOf, type Campaign, canRetry } from "./ledger";
import { retryable } from "./retry";

const DIALOGS = {
  schedule: lazy(() => import("./schedule-dialog")),
  test: lazy(() => import("./test-dialog")),
  retry: lazy(() => import("./retry-dialog")),
};
type DialogName = keyof typeof DIALOGS;

const DONE: Record<Action, string> = {
  launch: "Launched. The recipients are being chosen.",
  pause: "Paused. Nothing more is handed to WhatsApp.",
  resume: "Resumed.",
  cancel: "Cancelled. Whoever was not written to is skipped.",
};
const fail = (error: unknown) => toast.error(sentenceOf(error));

export default function CampaignActions({ campaign }: { campaign: Campaign }) {
  const [open, setOpen] = useState<DialogName | null>(null);
  const Dialog = open && DIALOGS[open];
  return (
    <>
      {campaign.state === "draft" ? <DeleteButton campaign={campaign} /> : null}
      <DuplicateButton campaign={campaign} />
      {campaign.state === "draft" || campaign.state === "scheduled" ? (
        <Button asChild>
          <Link to="/campaigns/$id/edit" params={{ id: campaign.id }}>
            <Pencil aria-hidden />
            Change
          </Link>
        </Button>
      ) : null}
      <BeforeLaunch campaign={campaign} onOpen={setOpen} />
      {canRetry(campaign) ? (
        <RetryButton campaign={campaign} onClick={() => setOpen("retry")} />
      ) : null}
      <Running campaign={campaign} />
      {Dialog ? (
        <Suspense>
          <Dialog campaign={campaign} onClose={() => setOpen(null)} />
        </Suspense>
      ) : null}
    </>
  );
}

/** Offered where there is somebody of whom another try can make sense. */
function RetryButton({ campaign, onClick }: { campaign: Campaign; onClick: () => void }) {
  const { data } = useQuery(reportQuery(campaign.id, campaign.state));
  if (!data || (retryable(data).length === 0 && !data.states.unknown)) return null;
  return (
    <Button onClick={onClick}>
      <RotateCw aria-hidden />
      Try again
    </Button>
  );
}

/** Test and time, as long as nobody was written to. */
function BeforeLaunch({
  campaign,
  onOpen,
}: {
  campaign: Campaign;
  onOpen: (name: DialogName) => void;
}) {
  const schedule = useSchedule(campaign.id);
  if (campaign.state !== "draft" && campaign.state !== "scheduled") return null;
  const isScheduled = campaign.state === "scheduled";
  const unschedule = () =>
    schedule.mutate(null, {
      onSuccess: () => toast.success("It is a draft again and starts only when you launch it."),
      onError: fail,
    });
  return (
    <>
      <Button onClick={() => onOpen("test")}>
        <FlaskConical aria-hidden />
        Send a test
      </Button>
      {isScheduled ? (
        <Button isBusy={schedule.isPending} onClick={unschedule}>
          {schedule.isPending ? null : <CalendarX aria-hidden />}
          Make it a draft
        </Button>
      ) : null}
      <Button onClick={() => onOpen("schedule")}>
        <CalendarClock aria-hidden />
        {isScheduled ? "Change the time" : "Schedule"}
      </Button>
    </>
  );
}

/** Cancel, pause, resume and launch, as the state allows. */
function Running({ campaign }: { campaign: Campaign }) {
  const action = useCampaignAction(campaign.id);
  const run = (name: Action) =>
    action.mutate(name, { onSuccess: () => toast.success(DONE[name]), onError: fail });
  const isBusy = (name: Action) => action.isPending && action.variables === name;
  const shown = actionsOf(campaign.state);
  return (
    <>
      {shown.includes("cancel") ? (
        <Confirm
          trigger={
            <Button isBusy={isBusy("cancel")}>
              <Ban aria-hidden />
              Cancel
            </Button>
          }
          title={`Cancel “${campaign.name}”?`}
          action="Cancel the campaign"
          keep="Keep it"
          tone="danger"
          onConfirm={() => run("cancel")}
        >
          <p>This cannot be taken back. Whoever has not been written to will be skipped.</p>
          <p>Messages that WhatsApp already has will still be delivered.</p>
        </Confirm>
      ) : null}
      {shown.includes("pause") ? (
        <Button variant="primary" isBusy={isBusy("pause")} onClick={() => run("pause")}>
          <Pause aria-hidden />
          Pause
        </Button>
      ) : null}
      {shown.includes("resume") ? (
        <Button variant="primary" isBusy={isBusy("resume")} onClick={() => run("resume")}>
          <Play aria-hidden />
          Resume
        </Button>
      ) : null}
      {shown.includes("launch") ? <LaunchButton campaign={campaign} /> : null}
    </>
  );
}

/** Asks first: from here on real messages go out. */
export function LaunchButton({ campaign }: { campaign: Campaign }) {
  const action = useCampaignAction(campaign.id);
  const launch = () =>
    action.mutate("launch", { onSuccess: () => toast.success(DONE.launch), onError: fail });
  return (
    <Confirm
      trigger={
        <Button
          variant={campaign.state === "scheduled" ? "secondary" : "primary"}
          isBusy={action.isPending}
        >
          {action.isPending ? null : <Send aria-hidden />}
          {campaign.state === "scheduled" ? "Launch now" : "Launch"}
        </Button>
      }
      title={`Launch “${campaign.name}”?`}
      action="Launch now"
      keep="Not yet"
      tone="primary"
      onConfirm={launch}
    >
      <p>Real messages go out to real people, and WhatsApp charges for them.</p>
      <p>
        The audience is taken as it is now. People who asked for no more messages are skipped. You
        can pause at any time.
      </p>
    </Confirm>
  );
}

/** A draft may be deleted, since nobody was written to. */
function DeleteButton({ campaign }: { campaign: Campaign }) {
  const navigate = useNavigate();
  const remove = useDeleteDraft(campaign.id);
  return (
    <Confirm
      trigger={
        <Button isBusy={remove.isPending} aria-label="Delete the draft" className="px-2.5">
          {remove.isPending ? null : <Trash2 aria-hidden />}
        </Button>
      }
      title={`Delete “${campaign.name}”?`}
      action="Delete the draft"
      keep="Keep it"
      tone="danger"
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            toast.success("Deleted.");
            void navigate({ to: "/campaigns" });
          },
          onError: fail,
        })
      }
    >
      <p>Nobody has been written to. This cannot be taken back.</p>
    </Confirm>
  );
}

/** A copy is a new draft. */
function DuplicateButton({ campaign }: { campaign: Campaign }) {
  const navigate = useNavigate();
  const duplicate = useDuplicate(campaign.id);
  return (
    <Button
      isBusy={duplicate.isPending}
      onClick={() =>
        duplicate.mutate(undefined, {
          onSuccess: (copy) => {
            toast.success("This is the copy, a new draft.");
            void navigate({ to: "/campaigns/$id", params: { id: copy.id } });
          },
          onError: fail,
        })
      }
    >
      {duplicate.isPending ? null : <Copy aria-hidden />}
      Duplicate
    </Button>
  );
}
