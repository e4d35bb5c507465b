/** Connecting by Meta's Embedded Signup: a button, and every way that it can end. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { FormError } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { sentenceOf } from "@/lib/api/problem";
import { type SignupConfig, signupConfigQuery, useFinishSignup } from "./api";
import { PinNotes } from "./pin-note";
import { loadSdk, runSignup } from "./signup";

function SignupButton({ config }: { config: SignupConfig }) {
  const finish = useFinishSignup();
  const signup = useMutation({
    mutationFn: async () => {
      const sdk = await loadSdk(config);
      return finish.mutateAsync(await runSignup(sdk, config));
    },
  });
  return (
    <div className="flex flex-col items-start gap-3">
      <Button variant="primary" size="lg" isBusy={signup.isPending} onClick={() => signup.mutate()}>
        {signup.isPending ? null : <ExternalLink aria-hidden />}
        {finish.isPending ? "Connecting" : "Continue with Facebook"}
      </Button>
      {signup.isPending ? (
        <p role="status" className="text-muted text-xs">
          {finish.isPending
            ? "Meta has answered. The account and its numbers are being connected."
            : "Meta’s window is opening. Leave this page open until you are through."}
        </p>
      ) : null}
      <FormError>{signup.error ? sentenceOf(signup.error) : undefined}</FormError>
      {signup.data ? (
        <p
          role="status"
          className={
            signup.data.outcome === "cancelled" ? "text-muted" : "font-medium text-good-text"
          }
        >
          {signup.data.message}
        </p>
      ) : null}
      <PinNotes numbers={signup.data?.numbers ?? []} />
    </div>
  );
}

export function SignupCard() {
  const config = useQuery(signupConfigQuery);
  const body = () => {
    if (config.error && !config.data) {
      return (
        <div className="flex flex-col items-start gap-3">
          <FormError>{sentenceOf(config.error)}</FormError>
          <Button onClick={() => void config.refetch()}>Try again</Button>
        </div>
      );
    }
    if (!config.data) return <Skeleton className="h-11 w-56" />;
    if (!config.data.is_available) {
      return (
        <p className="text-muted">
          This is not set up here: whoever runs Parley has to give it a Meta app and the
          configuration of its Embedded Signup (META_CONFIG_ID). Connect with an access token
          meanwhile.
        </p>
      );
    }
    return <SignupButton config={config.data} />;
  };
  return (
    <Card aria-labelledby="signup-title">
      <CardHeading id="signup-title" title="With Facebook" />
      <div className="space-y-3 p-4">
        <p className="text-muted">
          Meta’s window leads you through it: choose or make the account, add a number, or bring the
          one of your WhatsApp Business app along.
        </p>
        {body()}
      </div>
    </Card>
  );
}
