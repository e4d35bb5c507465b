/** An account: what Meta reported of it and what to do next, and the search for its numbers. */
import { RefreshCw, Trash2 } from "lucide-react";
import { toast } from "sonner";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { sentenceOf } from "@/lib/api/problem";
import { formatMoment } from "@/lib/format";
import { useCan } from "@/lib/permissions";
import { type Account, useGiveUpAccount, useSyncAccount } from "./api";
import { PinNotes } from "./pin-note";
import { Trouble } from "./problems-list";
import { STATE_WORDS } from "./words";

interface AccountHeadProps {
  wabaId: string;
  account: Account | undefined;
  hasNumbers: boolean;
}

interface ActionsProps {
  wabaId: string;
  hasNumbers: boolean;
  sync: ReturnType<typeof useSyncAccount>;
}

function Actions({ wabaId, hasNumbers, sync }: ActionsProps) {
  const giveUp = useGiveUpAccount(wabaId);
  return (
    <div className="flex flex-wrap gap-2">
      {hasNumbers ? null : (
        <Confirm
          trigger={
            <Button size="sm" isBusy={giveUp.isPending}>
              <Trash2 aria-hidden />
              Give the account up
            </Button>
          }
          title="Give this account up?"
          action="Give it up"
          keep="Keep it"
          tone="danger"
          onConfirm={() =>
            giveUp.mutate(undefined, {
              onSuccess: () => toast.success("The account is no longer connected."),
              onError: (error) => toast.error(sentenceOf(error)),
            })
          }
        >
          <p>Its webhooks come to Parley no more, and another business may connect it.</p>
        </Confirm>
      )}
      <Button
        size="sm"
        isBusy={sync.isPending}
        onClick={() =>
          sync.mutate(undefined, {
            onSuccess: ({ numbers }) =>
              toast.success(
                `Webhooks come to Parley; the account has ${numbers.length} ${numbers.length === 1 ? "number" : "numbers"}.`,
              ),
            onError: (error) => toast.error(sentenceOf(error)),
          })
        }
      >
        {sync.isPending ? null : <RefreshCw aria-hidden />}
        Look for its numbers
      </Button>
    </div>
  );
}

export function AccountHead({ wabaId, account, hasNumbers }: AccountHeadProps) {
  const canWrite = useCan("numbers:write");
  const sync = useSyncAccount(wabaId);
  const words = account ? STATE_WORDS[account.state] : undefined;
  const particulars = [account?.country, account?.currency].filter(Boolean);
  return (
    <div className="space-y-3 border-b bg-sunken/40 px-4 py-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <h2 className="wrap-anywhere text-[0.9375rem]">
              {account?.name || "WhatsApp Business Account"}
            </h2>
            {account && words && account.state !== "green" ? (
              <Badge tone={words.tone}>{words.label}</Badge>
            ) : null}
          </div>
          <p className="text-muted text-xs">
            Account {wabaId}
            {particulars.length > 0 ? ` · ${particulars.join(" · ")}` : ""}
          </p>
        </div>
        {canWrite ? <Actions wabaId={wabaId} hasNumbers={hasNumbers} sync={sync} /> : null}
      </div>
      <PinNotes numbers={sync.data?.numbers ?? []} />
      {account?.notices.map((notice) => (
        <Trouble
          key={`${notice.matter} ${notice.text}`}
          severity={notice.severity}
          text={notice.text}
          nextStep={[notice.next_step, notice.at ? `(${formatMoment(notice.at)})` : ""]
            .filter(Boolean)
            .join(" ")}
        />
      ))}
    </div>
  );
}
