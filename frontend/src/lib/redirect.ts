/** Where to go after sign-in, from a URL that anybody may have written. */

/** Pages for whoever is not signed in: nobody is led back to one of them. */
const WITHOUT_SESSION =
  /^\/(login|register|finish-registration|forgot-password|reset-password|verify-email|join)\b/;

/** Returns `next` if it is a path of this site, else the start page. */
export function safeNext(next: string | undefined): string {
  if (!next || !/^\/(?![/\\])/.test(next) || /[\p{Cc}\\]/u.test(next)) return "/";
  const url = new URL(next, location.origin);
  if (url.origin !== location.origin || WITHOUT_SESSION.test(url.pathname)) return "/";
  return url.pathname + url.search + url.hash;
}

/** The `next` of a sign-in page's query string; no schema library, which would weigh on the entry. */
export function nextOf(search: Record<string, unknown>): { next?: string } {
  return typeof search.next === "string" ? { next: search.next } : {};
}
