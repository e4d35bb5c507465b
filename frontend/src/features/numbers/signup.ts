/**
 * Meta's Embedded Signup: its SDK is loaded only when somebody wants it, its window opened, and what
 * the window and the login callback say is put together into one request.
 *
 * From Meta's documentation of Embedded Signup v4. The code lives 30 seconds, so the request must be
 * sent at once.
 */
import { ApiProblem } from "@/lib/api/problem";
import type { SignupConfig, SignupRequest } from "./api";

const SDK = "https://connect.facebook.net/en_US/sdk.js";
const SDK_WAIT_MS = 15_000;
/** The window's words come before the callback or shortly after it, or never. */
const WORDS_WAIT_MS = 2_000;

interface LoginAnswer {
  authResponse?: { code?: string } | null;
}

interface FacebookSdk {
  init: (options: { appId: string; version: string; autoLogAppEvents: boolean }) => void;
  login: (callback: (answer: LoginAnswer) => void, options: object) => void;
}

declare global {
  interface Window {
    FB?: FacebookSdk;
  }
}

let loading: Promise<FacebookSdk> | null = null;

/** Loads the SDK once; throws ApiProblem where it cannot be reached, and may be tried again then. */
export function loadSdk(config: SignupConfig): Promise<FacebookSdk> {
  loading ??= new Promise<FacebookSdk>((resolve, reject) => {
    const script = document.createElement("script");
    const fail = () => {
      script.remove();
      loading = null;
      reject(
        new ApiProblem(
          0,
          "sdk_unreachable",
          "Facebook’s sign-up cannot be reached from this browser. Allow connect.facebook.net (an ad blocker may stop it), or connect with an access token below.",
        ),
      );
    };
    const timer = setTimeout(fail, SDK_WAIT_MS);
    script.src = SDK;
    script.async = true;
    script.crossOrigin = "anonymous";
    script.onerror = () => {
      clearTimeout(timer);
      fail();
    };
    script.onload = () => {
      clearTimeout(timer);
      if (!window.FB) return fail();
      window.FB.init({
        appId: config.app_id,
        version: config.graph_version,
        autoLogAppEvents: false,
      });
      resolve(window.FB);
    };
    document.head.append(script);
  });
  return loading;
}

const EVENTS = [
  "FINISH",
  "FINISH_ONLY_WABA",
  "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING",
  "CANCEL",
] as const;

export interface WindowWords {
  event: (typeof EVENTS)[number];
  data: Record<string, string>;
}

const FACEBOOK = /^https:\/\/([a-z0-9-]+\.)*facebook\.com$/;

/** What Meta's window says of a signup; null for every other message to this page. */
export function readWords(origin: string, message: unknown): WindowWords | null {
  if (!FACEBOOK.test(origin)) return null;
  let read: unknown = message;
  if (typeof message === "string") {
    try {
      read = JSON.parse(message);
    } catch {
      return null;
    }
  }
  if (typeof read !== "object" || read === null) return null;
  const { type, event, data } = read as Record<string, unknown>;
  const known = EVENTS.find((one) => one === event);
  if (type !== "WA_EMBEDDED_SIGNUP" || !known) return null;
  const said = typeof data === "object" && data !== null ? Object.entries(data) : [];
  return {
    event: known,
    data: Object.fromEntries(
      said.filter((pair): pair is [string, string] => typeof pair[1] === "string"),
    ),
  };
}

const SAID = [
  "waba_id",
  "phone_number_id",
  "business_id",
  "current_step",
  "error_message",
  "error_id",
  "session_id",
] as const;

/** One request of what the window and the callback said; without a code it is a cancellation. */
export function toRequest(words: WindowWords | null, code: string | undefined): SignupRequest {
  const data = words?.data ?? {};
  const said = Object.fromEntries(
    SAID.filter((name) => data[name]).map((name) => [name, data[name]]),
  );
  if (!code) return { event: "CANCEL", ...said };
  const event = words && words.event !== "CANCEL" ? words.event : "FINISH";
  return { event, code, ...said };
}

/** Opens Meta's window (call it from a click, or a blocker stops it) and waits for its end. */
export async function runSignup(sdk: FacebookSdk, config: SignupConfig): Promise<SignupRequest> {
  let words: WindowWords | null = null;
  let heard: () => void = () => undefined;
  const wasHeard = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const listen = (event: MessageEvent<unknown>) => {
    const read = readWords(event.origin, event.data);
    if (!read) return;
    words = read;
    heard();
  };
  window.addEventListener("message", listen);
  try {
    const answer = await new Promise<LoginAnswer>((resolve) => {
      sdk.login(resolve, {
        config_id: config.config_id,
        response_type: "code",
        override_default_response_type: true,
        extras: { setup: {}, sessionInfoVersion: "3" },
      });
    });
    const patience = new Promise<void>((resolve) => setTimeout(resolve, WORDS_WAIT_MS));
    await Promise.race([wasHeard, patience]);
    return toRequest(words, answer.authResponse?.code);
  } finally {
    window.removeEventListener("message", listen);
  }
}
