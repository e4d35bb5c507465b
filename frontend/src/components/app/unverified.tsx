/** What a person reads above every screen until their e-mail is confirmed, with the mail to do it. */
import { Button } from "@/components/ui/button";
import { sentenceOf } from "@/lib/api/problem";
import { useAskForVerification } from "@/lib/verification";

export function Unverified({ email }: { email: string }) {
  const ask = useAskForVerification();
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-b bg-accent-soft px-4 py-1.5 text-[0.8125rem] text-accent-text sm:px-6">
      <p role="status" className="wrap-anywhere">
        {ask.isSuccess
          ? `A mail is on its way to ${email}. Its link is good for 24 hours.`
          : "Your e-mail is not confirmed yet. Follow the link in our mail."}
        {ask.error ? ` ${sentenceOf(ask.error)}` : null}
      </p>
      {ask.isSuccess ? null : (
        <Button
          size="sm"
          variant="ghost"
          className="text-accent-text"
          isBusy={ask.isPending}
          onClick={() => ask.mutate(email)}
        >
          Send it again
        </Button>
      )}
    </div>
  );
}
