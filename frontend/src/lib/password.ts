/** What a new password must be; the API decides in the end. */

export const PASSWORD_HINT = "10 characters or more. A few words are easy to keep in mind."; // pragma: allowlist secret

/** What is wrong with a new password, or nothing. */
export function passwordProblem(value: string): string | undefined {
  if (value.length < 10) return "Use at least 10 characters.";
  // bcrypt reads 72 bytes and no more: what a longer password adds would not protect anything.
  if (new TextEncoder().encode(value).length > 72)
    return "Use at most 72 bytes (72 plain letters).";
  return undefined;
}
