/** The page that a verification's mail leads to: notes that the e-mail is its user's. */
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { api, done } from "@/lib/api/client";
import { sentenceOf } from "@/lib/api/problem";
import { LinkOver } from "./link-over";
import { TOKEN_LACKS } from "./mail-token";

export function VerifyEmail({ token }: { token: string }) {
  const queries = useQueryClient();
  const [isDone, setIsDone] = useState(false);
  const [failure, setFailure] = useState(token ? null : TOKEN_LACKS);
  // A token works once, and React may run an effect twice.
  const asked = useRef("");

  useEffect(() => {
    if (!token || asked.current === token) return;
    asked.current = token;
    done(api.POST("/api/auth/verify-email", { body: { token } })).then(
      () => {
        setIsDone(true);
        void queries.invalidateQueries({ queryKey: ["me"] });
      },
      (error: unknown) => setFailure(sentenceOf(error)),
    );
  }, [token, queries]);

  if (failure !== null) {
    return (
      <div className="flex flex-col gap-4">
        <LinkOver words={failure} to="/account" action="Ask for a new link" />
        <p className="text-muted">
          Your account has a button for it. If you followed this link before, your e-mail is
          confirmed already.
        </p>
      </div>
    );
  }
  return (
    <div role="status" className="flex flex-col gap-4">
      <p className={isDone ? "" : "text-muted"}>
        {isDone ? "Thank you: your e-mail is confirmed." : "One moment …"}
      </p>
      {isDone ? (
        <Button asChild variant="primary" size="lg">
          <Link to="/">Go on to Parley</Link>
        </Button>
      ) : null}
    </div>
  );
}
