/**
 * One refresh at a time. Refresh tokens rotate, and the API takes a second use of one as theft and
 * ends the session: so parallel 401s share one promise, and tabs queue at one lock.
 */
import { ApiProblem, toProblem, UNREACHABLE } from "./problem";
import { accessToken, endSession, type SessionOut, startSession, useSession } from "./session";

/** No screen can be shown before the answer: after this long, the person is told. */
const PATIENCE_MS = 15_000;

let underway: Promise<string | null> | null = null;

async function askForSession(): Promise<string | null> {
  let response: Response;
  try {
    response = await globalThis.fetch(new URL("/api/auth/refresh", location.origin), {
      method: "POST",
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new ApiProblem(0, "unreachable", UNREACHABLE);
  }
  if (response.status === 204 || response.status === 401) {
    endSession(response.status === 401);
    return null;
  }
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw toProblem(response, body);
  const session = body as SessionOut;
  startSession(session);
  return session.access_token;
}

async function underLock(stale: string | null): Promise<string | null> {
  // While we waited, another tab may have refreshed and shared its session.
  const current = accessToken();
  return current !== null && current !== stale ? current : askForSession();
}

async function refreshOnce(stale: string | null): Promise<string | null> {
  // Absent outside secure contexts (plain http on another host): tabs then do without the queue.
  if (!("locks" in navigator)) return underLock(stale);
  return await navigator.locks.request("parley-refresh", () => underLock(stale));
}

/**
 * Returns a token newer than `stale`, or null when nobody is signed in.
 * Throws ApiProblem when the API cannot tell (unreachable, 5xx): the session is then kept.
 */
export function refreshSession(stale: string | null): Promise<string | null> {
  underway ??= refreshOnce(stale).finally(() => {
    underway = null;
  });
  return underway;
}

/**
 * Tells whether somebody is signed in, asking the API once after the page was loaded.
 * Throws ApiProblem when the API cannot tell.
 */
export async function ensureSession(): Promise<boolean> {
  const { status } = useSession.getState();
  if (status !== "unknown") return status === "signed-in";
  return (await refreshSession(null)) !== null;
}
