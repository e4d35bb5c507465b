/** What the form of a draft accepts, and the request it becomes. */
import * as z from "zod/mini";
import "@/lib/zod";
import { asObject, asText } from "@/lib/json";
import {
  emptyDraft,
  type FilterDraft,
  fromFilter,
  isComplete,
  toFilter,
} from "@/lib/segment-draft";
import type { CampaignCreate } from "./api";
import { deliveryChecks, deliveryFields, deliveryRequest, deliveryValues } from "./delivery";
import type { Campaign } from "./ledger";
import { OUTCOMES } from "./outcomes";

/** `kept` is an audience that only the API can build; the form leaves it as it is. */
export const AUDIENCES = ["all", "tag", "saved", "filter", "import", "outcome", "kept"] as const;

const required: readonly {
  audience: (typeof AUDIENCES)[number];
  path: string;
  error: string;
  isGiven: (form: AudienceValues) => boolean;
}[] = [
  {
    audience: "tag",
    path: "tag",
    error: "Write the tag of the contacts that should get it.",
    isGiven: (form) => form.tag !== "",
  },
  {
    audience: "saved",
    path: "segment_id",
    error: "Choose a segment.",
    isGiven: (form) => form.segment_id !== "",
  },
  {
    audience: "filter",
    path: "filter",
    error: "Complete every condition.",
    isGiven: (form) => isComplete(form.filter),
  },
  {
    audience: "import",
    path: "import_id",
    error: "Choose a CSV file, and wait until it is imported.",
    isGiven: (form) => form.import_id !== "",
  },
  {
    audience: "outcome",
    path: "campaign_id",
    error: "Choose the campaign.",
    isGiven: (form) => form.campaign_id !== "",
  },
];

interface AudienceValues {
  audience: (typeof AUDIENCES)[number];
  tag: string;
  segment_id: string;
  filter: FilterDraft;
  import_id: string;
  campaign_id: string;
}

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
    audience: z.enum(AUDIENCES),
    tag: z.string().check(z.trim(), z.toLowerCase(), z.maxLength(50, "Use at most 50 characters.")),
    segment_id: z.string(),
    filter: z.custom<FilterDraft>(),
    import_id: z.string(),
    campaign_id: z.string(),
    outcome: z.enum(OUTCOMES.map((one) => one.outcome)),
    include_unknown: z.boolean(),
    kept: z.custom<CampaignCreate["audience"] | null>(),
    ...deliveryFields,
    variables: z.array(
      z
        .object({
          key: z.string(),
          column: z.string(),
          field: z.string().check(z.trim(), z.maxLength(40, "Use at most 40 characters.")),
          fallback: z.string().check(z.trim(), z.maxLength(500, "Use at most 500 characters.")),
        })
        .check(
          z.refine((one) => one.column !== "" || one.field !== "" || one.fallback !== "", {
            error: "Choose a field, or write a text for everybody.",
            path: ["fallback"],
          }),
        ),
    ),
  })
  .check(
    ...required.map(({ audience, path, error, isGiven }) =>
      z.refine<AudienceValues>((form) => form.audience !== audience || isGiven(form), {
        error,
        path: [path],
      }),
    ),
    ...deliveryChecks,
  );

export type NewCampaignValues = z.infer<typeof newCampaignSchema>;

function audienceOf(values: NewCampaignValues): CampaignCreate["audience"] {
  switch (values.audience) {
    case "tag":
      return { type: "tag", tag: values.tag };
    case "saved":
      return { type: "segment", segment_id: values.segment_id };
    case "filter":
      return { type: "segment", filter: toFilter(values.filter) };
    case "import":
      return { type: "import", import_id: values.import_id };
    case "outcome":
      return {
        type: "outcome",
        campaign_id: values.campaign_id,
        outcome: values.outcome,
        include_unknown: values.include_unknown,
      };
    case "kept":
      return values.kept ?? { type: "all" };
    default:
      return { type: "all" };
  }
}

export function toRequest(values: NewCampaignValues): CampaignCreate {
  return {
    name: values.name,
    number_id: values.number_id,
    template_id: values.template_id,
    audience: audienceOf(values),
    ...deliveryRequest(values),
    variables: Object.fromEntries(
      values.variables.map(({ key, column, field, fallback }) => [
        key,
        {
          // Only an imported list has columns.
          column: (values.audience === "import" && column) || null,
          field: field || null,
          fallback: fallback || null,
        },
      ]),
    ),
  };
}

export function emptyValues(): NewCampaignValues {
  return {
    name: "",
    number_id: "",
    template_id: "",
    audience: "all",
    tag: "",
    segment_id: "",
    filter: emptyDraft(),
    import_id: "",
    campaign_id: "",
    outcome: "not_delivered",
    include_unknown: false,
    kept: null,
    ...deliveryValues({ send_at: null, canary_percent: null, canary_wait_s: null }),
    variables: [],
  };
}

/** The form's values of an audience as the API tells it. */
function audienceValues(audience: Record<string, unknown>): Partial<NewCampaignValues> {
  const kept = {
    audience: "kept" as const,
    kept: audience as unknown as CampaignCreate["audience"],
  };
  switch (audience.type) {
    case "all":
      return { audience: "all" };
    case "tag":
      return { audience: "tag", tag: asText(audience.tag) };
    case "segment": {
      if (audience.segment_id) {
        return { audience: "saved", segment_id: asText(audience.segment_id) };
      }
      const filter = fromFilter(audience.filter);
      return filter ? { audience: "filter", filter } : kept;
    }
    case "import":
      return { audience: "import", import_id: asText(audience.import_id) };
    case "outcome":
      return {
        audience: "outcome",
        campaign_id: asText(audience.campaign_id),
        outcome: OUTCOMES.find((one) => one.outcome === audience.outcome)?.outcome ?? "failed",
        include_unknown: audience.include_unknown === true,
      };
    default:
      return kept;
  }
}

/** The values with which the form of a draft begins. */
export function valuesOf(
  campaign: Pick<
    Campaign,
    | "name"
    | "number_id"
    | "template_id"
    | "audience_of"
    | "variables"
    | "send_at"
    | "canary_percent"
    | "canary_wait_s"
  >,
): NewCampaignValues {
  return {
    ...emptyValues(),
    name: campaign.name,
    number_id: campaign.number_id,
    template_id: campaign.template_id,
    ...audienceValues(asObject(campaign.audience_of)),
    ...deliveryValues(campaign),
    variables: Object.entries(campaign.variables).map(([key, source]) => ({
      key,
      column: source.column ?? "",
      field: source.field ?? "",
      fallback: source.fallback ?? "",
    })),
  };
}
