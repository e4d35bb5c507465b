/** What a new password must be; the API decides in the end. */
import * as z from "zod/mini";
import "./zod";

export const PASSWORD_HINT = "10 characters or more. A few words are easy to keep in mind.";

// bcrypt reads 72 bytes and no more: what a longer password adds would not protect anything.
export const newPassword = z.string().check(
  z.minLength(10, "Use at least 10 characters."),
  z.refine(
    (value) => new TextEncoder().encode(value).length <= 72,
    "Use at most 72 bytes (72 plain letters).",
  ),
);
