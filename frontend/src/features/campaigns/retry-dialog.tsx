/** Tries again those who failed for a reason that may be gone; the unknown only if a person says so. */
import { useQuery } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { Failure } from "@/components/app/states";
import { Button } from "@/components/ui/button";
import { Choice } from "@/components/ui/choice";
import { FormError } from "@/components/ui/field";
import { Modal } from "@/components/ui/modal";
import { SkeletonRows } from "@/components/ui/skeleton";
import { sentenceOf } from "@/lib/api/problem";
import { formatCount } from "@/lib/format";
import { type Report, reportQuery } from "./api";
import { useRetry } from "./changes";
import type { Campaign } from "./ledger";
import { chosenCount, firstChoice, hopeless, retryable, retryRequest } from "./retry";

interface RetryDialogProps {
  campaign: Campaign;
  onClose: () => void;
}

function RetryForm({ campaign, report, onClose }: RetryDialogProps & { report: Report }) {
  const retry = useRetry(campaign.id);
  const [choice, setChoice] = useState(() => firstChoice(report));
  const offered = retryable(report);
  const unknown = report.states.unknown ?? 0;
  const left = hopeless(report);
  const count = chosenCount(report, choice);
  const toggle = (code: number) => {
    const codes = new Set(choice.codes);
    if (!codes.delete(code)) codes.add(code);
    setChoice({ ...choice, codes });
  };
  const begin = () =>
    retry.mutate(retryRequest(choice), {
      onSuccess: () => {
        toast.success(`${formatCount(count)} are tried again.`);
        onClose();
      },
    });
  return (
    <div className="flex flex-col gap-5 overflow-y-auto p-4 sm:p-5">
      <FormError>{retry.error ? sentenceOf(retry.error) : undefined}</FormError>
      {offered.length > 0 ? (
        <fieldset className="flex flex-col gap-3">
          <legend className="mb-2 font-medium text-[0.8125rem]">Failed because</legend>
          {offered.map((one) => (
            <Choice
              key={one.code}
              checked={choice.codes.has(one.code)}
              onChange={() => toggle(one.code)}
              label={`${one.title} (${one.code}): ${formatCount(one.count)}`}
              hint={one.next_step}
            />
          ))}
        </fieldset>
      ) : null}
      {unknown > 0 ? (
        <fieldset className="rounded-control border border-line-strong/60 p-3">
          <legend className="px-1 font-medium text-[0.8125rem]">Nobody knows</legend>
          <Choice
            checked={choice.includesUnknown}
            onChange={(event) => setChoice({ ...choice, includesUnknown: event.target.checked })}
            label={`Also the ${formatCount(unknown)} of whom it is not known whether they got it`}
            hint="WhatsApp did not answer when it was sent to them. Some of them may get the message twice; Parley never does this by itself."
          />
        </fieldset>
      ) : null}
      {offered.length === 0 && unknown === 0 ? (
        <p className="text-muted">
          None failed for a reason that another try can overcome. Write to them by a new campaign
          once the reason is gone.
        </p>
      ) : null}
      {left > 0 ? (
        <p className="text-muted text-xs">
          {formatCount(left)} failed for a reason that stays: the message would fail again, or
          should not be sent. The report says what to do about each.
        </p>
      ) : null}
      {offered.length > 0 || unknown > 0 ? (
        <Button
          variant="primary"
          className="self-start"
          disabled={count === 0}
          isBusy={retry.isPending}
          onClick={begin}
        >
          {retry.isPending ? null : <RotateCw aria-hidden />}
          {count === 0 ? "Choose whom to try again" : `Try ${formatCount(count)} again`}
        </Button>
      ) : null}
    </div>
  );
}

export default function RetryDialog({ campaign, onClose }: RetryDialogProps) {
  const report = useQuery(reportQuery(campaign.id, campaign.state));
  return (
    <Modal
      title="Try again"
      lead="Each gets one new message of this campaign, at most. Nobody else gets anything."
      onClose={onClose}
    >
      {report.data ? (
        <RetryForm campaign={campaign} report={report.data} onClose={onClose} />
      ) : report.error ? (
        <Failure error={report.error} onRetry={() => void report.refetch()} />
      ) : (
        <SkeletonRows rows={3} label="The report is being loaded" />
      )}
    </Modal>
  );
}
