/** The accounts and their numbers, with their health at a glance and what to do about it. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus, Smartphone } from "lucide-react";
import { Page } from "@/components/app/page";
import { Empty, Failure, Stale } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { useCan } from "@/lib/permissions";
import { AccountHead } from "./account-head";
import { type Account, accountsQuery, type Num, numbersQuery } from "./api";
import { Trouble } from "./problems-list";
import { nameWords, QUALITY_WORDS, STATE_WORDS, tierWords } from "./words";

function ConnectLink() {
  return (
    <Button asChild variant="primary">
      <Link to="/settings/numbers/connect">
        <Plus aria-hidden />
        Connect a number
      </Link>
    </Button>
  );
}

function Figures({ number }: { number: Num }) {
  const figures = [
    ["Quality", QUALITY_WORDS[number.quality_rating] ?? number.quality_rating],
    ["Speed", `${number.messages_per_s} a second`],
    ["New conversations", tierWords(number.messaging_limit)],
    ["Name", nameWords(number.name_status)],
  ] as const;
  return (
    <span className="grid grid-cols-2 gap-x-4 gap-y-2 sm:grid-cols-4">
      {figures.map(([term, words]) => (
        <span key={term} className="min-w-0 text-xs">
          <span className="block text-muted">{term}</span>
          <span className="block font-medium">{words}</span>
        </span>
      ))}
    </span>
  );
}

function Row({ number }: { number: Num }) {
  const words = STATE_WORDS[number.state];
  const [worst, ...more] = number.problems;
  const needsToken = worst?.source === "token";
  return (
    <li>
      <Link
        to="/settings/numbers/$id"
        params={{ id: number.id }}
        className="block space-y-3 px-4 py-3.5 -outline-offset-2 hover:bg-sunken/60"
      >
        <span className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1.5">
          <span className="min-w-0">
            <span className="block truncate font-semibold text-[0.9375rem]">
              {number.verified_name || "Without a name"}
            </span>
            <span className="tabular block text-muted text-xs">
              {number.display_phone_number}
              {number.username ? ` · @${number.username}` : ""}
              {number.is_on_biz_app ? " · also on the WhatsApp Business app" : ""}
            </span>
          </span>
          <Badge tone={words.tone}>{words.label}</Badge>
        </span>
        <Figures number={number} />
      </Link>
      {worst ? (
        <div className="px-4 pb-3.5">
          <Trouble
            severity={worst.severity}
            text={worst.text}
            nextStep={
              more.length > 0
                ? `${worst.next_step} (${more.length} more ${more.length === 1 ? "thing" : "things"} on its page.)`
                : worst.next_step
            }
          >
            {needsToken ? (
              <Button asChild size="sm">
                <Link
                  to="/settings/numbers/connect"
                  search={{ phone_number_id: number.phone_number_id, waba_id: number.waba_id }}
                >
                  Connect again
                </Link>
              </Button>
            ) : null}
          </Trouble>
        </div>
      ) : null}
    </li>
  );
}

interface AccountCardProps {
  wabaId: string;
  account: Account | undefined;
  numbers: readonly Num[];
}

function AccountCard({ wabaId, account, numbers }: AccountCardProps) {
  return (
    <Card aria-label={account?.name || `Account ${wabaId}`} className="overflow-hidden">
      <AccountHead wabaId={wabaId} account={account} hasNumbers={numbers.length > 0} />
      {numbers.length > 0 ? (
        <ul aria-label="Numbers" className="divide-y">
          {numbers.map((number) => (
            <Row key={number.id} number={number} />
          ))}
        </ul>
      ) : (
        <p className="px-4 py-3 text-muted">
          No number of this account is connected. Look for its numbers, or connect one.
        </p>
      )}
    </Card>
  );
}

export function NumberListScreen() {
  const numbers = useInfiniteQuery(numbersQuery);
  const accounts = useInfiniteQuery(accountsQuery);
  const canWrite = useCan("numbers:write");
  const rows = numbers.data?.pages.flatMap((page) => page.items);
  const found = accounts.data?.pages.flatMap((page) => page.items);
  const failed = [numbers, accounts].find((query) => query.error);
  const retry = () => {
    for (const query of [numbers, accounts]) if (query.error) void query.refetch();
  };

  const body = () => {
    if (!rows || !found) {
      return (
        <Card>
          {failed ? (
            <Failure error={failed.error} onRetry={retry} />
          ) : (
            <SkeletonRows rows={3} label="The numbers are being loaded" />
          )}
        </Card>
      );
    }
    const ids = [
      ...new Set([...found.map((one) => one.waba_id), ...rows.map((one) => one.waba_id)]),
    ];
    if (ids.length === 0) {
      return (
        <Card>
          <Empty
            icon={Smartphone}
            title="No number yet"
            action={canWrite ? <ConnectLink /> : undefined}
          >
            {canWrite
              ? "Connect a number of your WhatsApp Business Account: from then on its messages come here, and campaigns can be sent from it."
              : "An owner or an admin of your team can connect one."}
          </Empty>
        </Card>
      );
    }
    return (
      <div className="flex flex-col gap-4">
        {ids.map((id) => (
          <AccountCard
            key={id}
            wabaId={id}
            account={found.find((one) => one.waba_id === id)}
            numbers={rows.filter((one) => one.waba_id === id)}
          />
        ))}
      </div>
    );
  };

  return (
    <Page
      title="Numbers"
      lead="Your WhatsApp accounts, and how the numbers in them are doing."
      actions={canWrite && rows?.length ? <ConnectLink /> : null}
    >
      {rows && found && failed ? <Stale error={failed.error} onRetry={retry} /> : null}
      {body()}
      {numbers.hasNextPage ? (
        <div className="mt-4 text-center">
          <Button isBusy={numbers.isFetchingNextPage} onClick={() => void numbers.fetchNextPage()}>
            Show more numbers
          </Button>
        </div>
      ) : null}
    </Page>
  );
}
