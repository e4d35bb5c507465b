/** What the sign-in and sign-up forms accept; the API decides in the end. */
import * as z from "zod/mini";
import "@/lib/zod";

const email = z
  .string()
  .check(
    z.minLength(1, "Enter your e-mail address."),
    z.regex(/^\s*$|^[^@\s]+@[^@\s]+\.[^@\s]+$/, "Write it like name@company.com."),
  );

export const loginSchema = z.object({
  email,
  password: z.string().check(z.minLength(1, "Enter your password.")),
});
export type LoginValues = z.infer<typeof loginSchema>;

const required = (message: string) => z.string().check(z.trim(), z.minLength(1, message));

export const registerSchema = z.object({
  business_name: required("Enter the name of your business."),
  name: required("Enter your name."),
  email,
  // bcrypt reads 72 bytes and no more: what a longer password adds would not protect anything.
  password: z.string().check(
    z.minLength(10, "Use at least 10 characters."),
    z.refine(
      (value) => new TextEncoder().encode(value).length <= 72,
      "Use at most 72 bytes (72 plain letters).",
    ),
  ),
  country: z.string().check(z.regex(/^[A-Z]{2}$/, "Choose a country.")),
});
export type RegisterValues = z.infer<typeof registerSchema>;
