/** What the new-campaign form accepts, and the request it becomes. */
import * as z from "zod/mini";
import "@/lib/zod";
import type { CampaignCreate } from "./api";

export const newCampaignSchema = z
  .object({
    name: z
      .string()
      .check(
        z.trim(),
        z.minLength(1, "Give the campaign a name that your team will know it by."),
        z.maxLength(120, "Use at most 120 characters."),
      ),
    number_id: z.string().check(z.minLength(1, "Choose the number to send from.")),
    template_id: z.string().check(z.minLength(1, "Choose a template.")),
    audience: z.enum(["all", "tag"]),
    tag: z.string().check(z.trim(), z.toLowerCase(), z.maxLength(50, "Use at most 50 characters.")),
    variables: z.array(
      z
        .object({
          key: z.string(),
          field: z.string().check(z.trim(), z.maxLength(40, "Use at most 40 characters.")),
          fallback: z.string().check(z.trim(), z.maxLength(500, "Use at most 500 characters.")),
        })
        .check(
          z.refine((one) => one.field !== "" || one.fallback !== "", {
            error: "Choose a field, or write a text for everybody.",
            path: ["fallback"],
          }),
        ),
    ),
  })
  .check(
    z.refine((form) => form.audience === "all" || form.tag !== "", {
      error: "Write the tag of the contacts that should get it.",
      path: ["tag"],
    }),
  );

export type NewCampaignValues = z.infer<typeof newCampaignSchema>;

export function toRequest(values: NewCampaignValues): CampaignCreate {
  return {
    name: values.name,
    number_id: values.number_id,
    template_id: values.template_id,
    audience: values.audience === "all" ? { type: "all" } : { type: "tag", tag: values.tag },
    variables: Object.fromEntries(
      values.variables.map(({ key, field, fallback }) => [
        key,
        { field: field || null, fallback: fallback || null },
      ]),
    ),
  };
}
