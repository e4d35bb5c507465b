/** The ledger: ten states, their sum, and whether it is the audience. */
import { Check, Scale, TriangleAlert } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { formatCount, formatShare } from "@/lib/format";
import { CountLink } from "./count-link";
import { type Campaign, STATES, totalOf } from "./ledger";
import { StateBar, Swatch } from "./state-bar";

interface LedgerCardProps {
  campaign: Campaign;
  /** Recounts from the rows; absent where the role may not. */
  onRecount?: (() => void) | undefined;
  isRecounting?: boolean;
}

export function LedgerCard({ campaign, onRecount, isRecounting = false }: LedgerCardProps) {
  const total = totalOf(campaign.states);
  const isBalanced = total === campaign.audience;
  return (
    <Card aria-labelledby="ledger-title">
      <CardHeading id="ledger-title" title="Ledger">
        {onRecount ? (
          <Button size="sm" variant="ghost" isBusy={isRecounting} onClick={onRecount}>
            {isRecounting ? null : <Scale aria-hidden />}
            Recount
          </Button>
        ) : null}
      </CardHeading>
      <div className="p-4">
        <StateBar counts={campaign.states} className="mb-3 h-3" />
        <table className="w-full">
          <caption className="sr-only">Recipients by state</caption>
          <thead className="sr-only">
            <tr>
              <th scope="col">State</th>
              <th scope="col">Recipients</th>
              <th scope="col">Share</th>
            </tr>
          </thead>
          <tbody className="tabular">
            {STATES.map(({ state, label, meaning }) => {
              const count = campaign.states[state] ?? 0;
              return (
                <tr key={state} className={count === 0 ? "text-muted" : undefined}>
                  <th scope="row" className="py-0.5 text-left font-normal">
                    <span className="flex items-baseline gap-2.5">
                      <Swatch state={state} />
                      <span>
                        {label}
                        <span className="ml-2 hidden text-muted text-xs sm:inline">{meaning}</span>
                      </span>
                    </span>
                  </th>
                  <td
                    className="py-0.5 pl-3 text-right align-baseline font-medium"
                    data-state={state}
                  >
                    {count > 0 ? (
                      <CountLink id={campaign.id} count={count} label={label} filters={{ state }} />
                    ) : (
                      <span className="inline-flex min-h-6 items-center">{formatCount(count)}</span>
                    )}
                  </td>
                  <td className="w-16 py-0.5 text-right align-baseline text-muted text-xs">
                    {formatShare(count, campaign.audience)}
                  </td>
                </tr>
              );
            })}
          </tbody>
          <tfoot className="tabular">
            <tr>
              <th scope="row" className="pt-2 text-left font-semibold">
                Audience
              </th>
              <td className="pt-2 pl-3 text-right font-semibold">
                <span className="sum-rule inline-block pl-4" data-testid="ledger-total">
                  {formatCount(total)}
                </span>
              </td>
              <td />
            </tr>
          </tfoot>
        </table>
        {isBalanced ? (
          <p className="mt-3 flex items-center gap-1.5 text-good-text text-xs">
            <Check aria-hidden className="size-4" />
            The states add up to the audience of {formatCount(campaign.audience)}.
          </p>
        ) : (
          <p role="status" className="mt-3 flex items-start gap-1.5 text-danger-text text-xs">
            <TriangleAlert aria-hidden className="size-4 shrink-0" />
            The states add up to {formatCount(total)}, the audience is{" "}
            {formatCount(campaign.audience)}. Recount to find the difference.
          </p>
        )}
      </div>
    </Card>
  );
}
