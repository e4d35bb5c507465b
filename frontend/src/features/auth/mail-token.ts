/** The token that a mail's link carries behind the #, where no server and no log sees it. */

export function tokenOf(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token") ?? "";
}

/** What to say of an address that lost its token, e.g. because a mail program cut it. */
export const TOKEN_LACKS = "This address lacks its token. Open the link in the mail once more.";
