/** What can be done with a campaign now; what cannot be taken back is asked first. */
import { Ban, Pause, Play, Send } from "lucide-react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { sentenceOf } from "@/lib/api/problem";
import { useCampaignAction } from "./api";
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
      {shown.includes("launch") ? (
        <Confirm
          trigger={
            <Button variant="primary" isBusy={isBusy("launch")}>
              <Send aria-hidden />
              Launch
            </Button>
          }
          title={`Launch “${campaign.name}”?`}
          action="Launch now"
          keep="Not yet"
          tone="primary"
          onConfirm={() => run("launch")}
        >
          <p>Real messages go out to real people, and WhatsApp charges for them.</p>
          <p>
            The audience is taken as it is now. People who asked for no more messages are skipped.
            You can pause at any time.
          </p>
        </Confirm>
      ) : null}
    </>
  );
}
