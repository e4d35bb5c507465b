/** One number: how it is, what to do about it, its setup and its profile. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Unplug } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { toast } from "sonner";
import { BackLink } from "@/components/app/back-link";
import { Page } from "@/components/app/page";
import { Failure, Stale } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { Choice } from "@/components/ui/choice";
import { Confirm } from "@/components/ui/dialog";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";
import { sentenceOf } from "@/lib/api/problem";
import { formatMoment } from "@/lib/format";
import { useCan } from "@/lib/permissions";
import { type NumDetail, numberQuery, useDisconnect } from "./api";
import { Trouble } from "./problems-list";
import { allowanceWords, nameWords, QUALITY_WORDS, STATE_WORDS, tierWords } from "./words";

// The forms come after what is to be known of the number.
const LazyProfile = lazy(() =>
  import("./profile-card").then(({ ProfileCard }) => ({ default: ProfileCard })),
);
const LazySetup = lazy(() =>
  import("./setup-card").then(({ SetupCard }) => ({ default: SetupCard })),
);

function CardSkeleton({ label }: { label: string }) {
  return (
    <Card>
      <SkeletonRows rows={3} label={label} />
    </Card>
  );
}

const BACK = <BackLink to="/settings/numbers">Numbers</BackLink>;

function Fact({ term, children, hint }: { term: string; children: ReactNode; hint?: string }) {
  return (
    <div className="min-w-0 px-4 py-2.5">
      <dt className="text-muted text-xs">{term}</dt>
      <dd className="wrap-anywhere font-medium">
        {children}
        {hint ? <span className="block font-normal text-muted text-xs">{hint}</span> : null}
      </dd>
    </div>
  );
}

function Facts({ number }: { number: NumDetail }) {
  return (
    <Card aria-labelledby="facts-title">
      <CardHeading id="facts-title" title="At WhatsApp">
        {number.asked_at ? (
          <span className="text-muted text-xs">As of {formatMoment(number.asked_at)}</span>
        ) : null}
      </CardHeading>
      <dl className="grid grid-cols-1 py-1 sm:grid-cols-2">
        <Fact term="Quality" hint="By what customers did in the last 7 days.">
          {QUALITY_WORDS[number.quality_rating] ?? number.quality_rating}
        </Fact>
        <Fact term="Speed">{number.messages_per_s} messages a second</Fact>
        <Fact term="Messaging limit" hint="People the business may write to first, in 24 hours.">
          {tierWords(number.messaging_limit)}
        </Fact>
        <Fact term="Left of it" hint="As far as Parley has used it; other tools count too.">
          {allowanceWords(number.allowance)}
        </Fact>
        <Fact term="Display name">
          {number.verified_name} · {nameWords(number.name_status)}
        </Fact>
        <Fact term="Username">{number.username ? `@${number.username}` : "None"}</Fact>
        <Fact term="Phone number id">{number.phone_number_id}</Fact>
        <Fact term="Connected">{formatMoment(number.connected_at)}</Fact>
      </dl>
    </Card>
  );
}

function Problems({ number, canWrite }: { number: NumDetail; canWrite: boolean }) {
  return number.problems.map((problem) => (
    <Trouble
      key={`${problem.source} ${problem.text}`}
      severity={problem.severity}
      text={`${problem.text}${problem.code === null ? "" : ` (${problem.code})`}`}
      nextStep={problem.next_step}
    >
      {problem.source === "token" && canWrite ? (
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
  ));
}

function DisconnectButton({ number }: { number: NumDetail }) {
  const navigate = useNavigate();
  const disconnect = useDisconnect(number.id);
  const [isDeregistered, setIsDeregistered] = useState(false);
  return (
    <Confirm
      trigger={
        <Button isBusy={disconnect.isPending}>
          <Unplug aria-hidden />
          Disconnect
        </Button>
      }
      title={`Disconnect ${number.display_phone_number}?`}
      action="Disconnect it"
      keep="Keep it"
      tone="danger"
      onConfirm={() =>
        disconnect.mutate(isDeregistered, {
          onSuccess: () => {
            toast.success("Disconnected. Its history stays.");
            void navigate({ to: "/settings/numbers" });
          },
          onError: (error) => toast.error(sentenceOf(error)),
        })
      }
    >
      <p>
        Nothing can be sent from it any more, and what customers write to it does not come here.
      </p>
      <p>Conversations and campaigns of the past stay. You can connect it again.</p>
      {number.is_on_biz_app ? null : (
        <Choice
          className="pt-1 text-ink"
          label="Also take it off the Cloud API"
          hint="For instance to use it in the WhatsApp Business app again."
          checked={isDeregistered}
          onChange={(event) => setIsDeregistered(event.target.checked)}
        />
      )}
    </Confirm>
  );
}

function Loading() {
  return (
    <Page title="Number" above={BACK}>
      <Skeleton className="mb-4 h-24 w-full rounded-card" />
      <Card>
        <SkeletonRows rows={4} label="The number is being loaded" />
      </Card>
    </Page>
  );
}

export function NumberScreen({ id }: { id: string }) {
  const query = useQuery(numberQuery(id));
  const canWrite = useCan("numbers:write");
  const number = query.data;
  if (!number) {
    if (!query.error) return <Loading />;
    return (
      <Page title="Number" above={BACK}>
        <Card>
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        </Card>
      </Page>
    );
  }
  const words = STATE_WORDS[number.state];
  const isConnected = number.disconnected_at === null;
  return (
    <Page
      title={number.display_phone_number}
      above={BACK}
      beside={<Badge tone={words.tone}>{words.label}</Badge>}
      lead={
        isConnected
          ? `${number.verified_name}. ${words.now}`
          : `Disconnected ${formatMoment(number.disconnected_at ?? "")}. ${words.now}`
      }
      actions={canWrite && isConnected ? <DisconnectButton number={number} /> : null}
    >
      {query.error ? <Stale error={query.error} onRetry={() => void query.refetch()} /> : null}
      <div className="flex flex-col gap-4">
        <Problems number={number} canWrite={canWrite} />
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-2">
          <div className="flex min-w-0 flex-col gap-4">
            <Facts number={number} />
            {isConnected ? (
              <Suspense fallback={<CardSkeleton label="The setup is being loaded" />}>
                <LazySetup number={number} canWrite={canWrite} />
              </Suspense>
            ) : null}
          </div>
          {isConnected ? (
            <Suspense fallback={<CardSkeleton label="The profile is being loaded" />}>
              <LazyProfile number={number} canWrite={canWrite} />
            </Suspense>
          ) : null}
        </div>
      </div>
    </Page>
  );
}
