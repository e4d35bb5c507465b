/** What the forms of numbers accept. */
import * as z from "zod/mini";
import "@/lib/zod";

const metaId = (what: string) =>
  z
    .string()
    .check(
      z.trim(),
      z.minLength(1, `Enter the ${what}.`),
      z.regex(/^(\d{5,25})?$/, `The ${what} is a number of 5 to 25 digits, not the phone number.`),
    );

export const connectSchema = z.object({
  phone_number_id: metaId("phone number id"),
  waba_id: metaId("account id"),
  access_token: z
    .string()
    .check(
      z.trim(),
      z.minLength(1, "Enter the access token."),
      z.maxLength(1000, "An access token has at most 1,000 characters."),
      z.regex(/^[!-~]*$/, "A token has no spaces or line breaks: copy it once more."),
    ),
});
export type ConnectValues = z.infer<typeof connectSchema>;

export const pinSchema = z.object({
  pin: z.string().check(z.trim(), z.regex(/^(\d{6})?$/, "A PIN has six digits.")),
});
export type PinValues = z.infer<typeof pinSchema>;

const most = (count: number) => z.maxLength(count, `Use at most ${count} characters.`);
const website = z
  .string()
  .check(
    z.trim(),
    most(256),
    z.regex(/^$|^https?:\/\/[^\s/]+/, "Begin with https://, like https://example.com."),
  );

export const profileSchema = z.object({
  about: z.string().check(z.trim(), most(139)),
  description: z.string().check(z.trim(), most(512)),
  address: z.string().check(z.trim(), most(256)),
  email: z
    .string()
    .check(
      z.trim(),
      most(128),
      z.regex(/^$|^[^@\s]+@[^@\s]+\.[^@\s]+$/, "Write the address in full, like shop@example.com."),
    ),
  vertical: z.string(),
  website1: website,
  website2: website,
});
export type ProfileValues = z.infer<typeof profileSchema>;
