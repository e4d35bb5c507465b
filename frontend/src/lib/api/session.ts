/** Who is signed in. The access token lives in memory only; the refresh token in an HttpOnly cookie. */
import { create } from "zustand";
import type { components } from "./schema";

export type SessionOut = components["schemas"]["SessionOut"];

interface SessionState {
  /** `unknown` until the first refresh has answered. */
  status: "unknown" | "signed-in" | "signed-out";
  session: SessionOut | null;
}

export const useSession = create<SessionState>()(() => ({ status: "unknown", session: null }));

type Message = { type: "session"; session: SessionOut } | { type: "signed-out" };

const channel =
  typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("parley-session");

channel?.addEventListener("message", (event: MessageEvent<Message>) => {
  if (event.data.type === "signed-out") {
    useSession.setState({ status: "signed-out", session: null });
    return;
  }
  const ours = useSession.getState().session;
  // A tab of another user keeps its own session; the cookie will sort it out at its next refresh.
  if (ours === null || ours.user.id === event.data.session.user.id) {
    useSession.setState({ status: "signed-in", session: event.data.session });
  }
});

/** Takes a session in this tab and hands it to the others. */
export function startSession(session: SessionOut): void {
  useSession.setState({ status: "signed-in", session });
  channel?.postMessage({ type: "session", session } satisfies Message);
}

/** Ends the session in this tab; `everywhere` (a sign-out, not a network fault) in the others too. */
export function endSession(everywhere: boolean): void {
  useSession.setState({ status: "signed-out", session: null });
  if (everywhere) channel?.postMessage({ type: "signed-out" } satisfies Message);
}

export function accessToken(): string | null {
  return useSession.getState().session?.access_token ?? null;
}
