/** What can be done with a campaign now; what cannot be taken back is asked first. */
import { Link, useNavigate } from "@tanstack/react-router";
import { Ban, Copy, Pause, Pencil, Play, Send, Trash2 } from "lucide-react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { sentenceOf } from "@/lib/api/problem";
import { useCampaignAction, useDeleteDraft, useDuplicate } from "./api";
import { type Action, actionsOf, type Campaign } from "./ledger";

const DONE: Record<Action, string> = {
  launch: "Launched. The recipients are being chosen.",
  pause: "Paused. Nothing more is handed to WhatsApp.",
  resume: "Resumed.",
  cancel: "Cancelled. Whoever was not written to is skipped.",
};

export function CampaignActions({ campaign }: { campaign: Campaign }) {
  const action = useCampaignAction(campaign.id);
  const run = (name: Action) =>
    action.mutate(name, {
      onSuccess: () => toast.success(DONE[name]),
      onError: (error) => toast.error(sentenceOf(error)),
    });
  const isBusy = (name: Action) => action.isPending && action.variables === name;
  const shown = actionsOf(campaign.state);

  return (
    <>
      <DraftActions campaign={campaign} />
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
    action.mutate("launch", {
      onSuccess: () => toast.success(DONE.launch),
      onError: (error) => toast.error(sentenceOf(error)),
    });
  return (
    <Confirm
      trigger={
        <Button variant="primary" isBusy={action.isPending}>
          <Send aria-hidden />
          Launch
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

/** A copy is a new draft; a draft may be changed, or deleted, since nobody was written to. */
function DraftActions({ campaign }: { campaign: Campaign }) {
  const navigate = useNavigate();
  const duplicate = useDuplicate(campaign.id);
  const remove = useDeleteDraft(campaign.id);
  const fail = (error: unknown) => toast.error(sentenceOf(error));
  return (
    <>
      {campaign.state === "draft" ? (
        <>
          <Confirm
            trigger={
              <Button isBusy={remove.isPending} aria-label="Delete the draft" className="px-2.5">
                <Trash2 aria-hidden />
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
          <Button asChild>
            <Link to="/campaigns/$id/edit" params={{ id: campaign.id }}>
              <Pencil aria-hidden />
              Change
            </Link>
          </Button>
        </>
      ) : null}
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
    </>
  );
}
