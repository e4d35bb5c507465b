/** What the sign-in and sign-up forms accept; the API decides in the end. */
import * as z from "zod/mini";
import "@/lib/zod";
import { passwordProblem } from "@/lib/password";

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

const newPassword = z.string().check((context) => {
  const message = passwordProblem(context.value);
  if (message) context.issues.push({ code: "custom", message, input: context.value });
});

export const forgotSchema = z.object({ email });
export type ForgotValues = z.infer<typeof forgotSchema>;

const required = (message: string) => z.string().check(z.trim(), z.minLength(1, message));

export const resetSchema = z.object({ password: newPassword });
export type ResetValues = z.infer<typeof resetSchema>;

export const joinSchema = z.object({ name: required("Enter your name."), password: newPassword });
export type JoinValues = z.infer<typeof joinSchema>;

export const registerSchema = z.object({
  business_name: required("Enter the name of your business."),
  name: required("Enter your name."),
  email,
  password: newPassword,
  country: z.string().check(z.regex(/^[A-Z]{2}$/, "Choose a country.")),
});
export type RegisterValues = z.infer<typeof registerSchema>;
