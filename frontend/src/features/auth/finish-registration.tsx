/** The page that a sign-up's mail leads to: makes the business with the token of its address. */
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { FormError } from "@/components/ui/field";
import { api, taken } from "@/lib/api/client";
import { sentenceOf } from "@/lib/api/problem";
import { startSession } from "@/lib/api/session";
import { TOKEN_LACKS } from "./mail-token";

/** Calls `onSignedIn` once the business is there; a link that is over says what to do instead. */
export function FinishRegistration({
  token,
  onSignedIn,
}: {
  token: string;
  onSignedIn: () => void;
}) {
  const [failure, setFailure] = useState(token ? null : TOKEN_LACKS);
  // A token works once, and React may run an effect twice.
  const asked = useRef("");

  useEffect(() => {
    if (!token || asked.current === token) return;
    asked.current = token;
    taken(api.POST("/api/auth/register/confirm", { body: { token } })).then(
      (session) => {
        startSession(session);
        onSignedIn();
      },
      (error: unknown) => setFailure(sentenceOf(error)),
    );
  }, [token, onSignedIn]);

  if (failure === null) {
    return (
      <p className="text-muted" role="status">
        Your business is being set up …
      </p>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <FormError>{failure}</FormError>
      <Button asChild variant="primary" size="lg">
        <Link to="/register">Sign up once more</Link>
      </Button>
      <Button asChild size="lg">
        <Link to="/login">Sign in</Link>
      </Button>
    </div>
  );
}
