/** A new campaign's form, its request, and its preview. */
import { describe, expect, it } from "vitest";
import { person } from "@/test/fake/people";
import { audienceWords } from "./audience-words";
import { deliveryValues, deliveryWords } from "./delivery";
import {
  emptyValues,
  type NewCampaignValues,
  newCampaignSchema,
  toRequest,
  valuesOf,
} from "./new-schema";
import { fill, isMissing } from "./render";

const VALUES: NewCampaignValues = {
  ...emptyValues(),
  name: " Spring ",
  number_id: "num_1",
  template_id: "tpl_1",
  audience: "tag",
  tag: " VIP ",
  variables: [{ key: "body.1", column: "", field: "name", fallback: "" }],
};

function faults(values: NewCampaignValues): string[] {
  const result = newCampaignSchema.safeParse(values);
  return result.success ? [] : result.error.issues.map((issue) => issue.path.join("."));
}

describe("the form", () => {
  it("trims, and becomes the API's request", () => {
    expect(toRequest(newCampaignSchema.parse(VALUES))).toEqual({
      name: "Spring",
      number_id: "num_1",
      template_id: "tpl_1",
      audience: { type: "tag", tag: "vip" },
      send_at: null,
      canary_percent: null,
      canary_wait_s: null,
      variables: { "body.1": { column: null, field: "name", fallback: null } },
    });
  });

  it("names every field that is missing", () => {
    const empty = { ...VALUES, name: " ", number_id: "", template_id: "", tag: "" };
    expect(faults(empty)).toEqual(expect.arrayContaining(["name", "number_id", "template_id"]));
    expect(faults({ ...VALUES, tag: " " })).toEqual(["tag"]);
  });

  it("wants a field or a text for every variable", () => {
    const variables = [{ key: "body.1", column: "", field: "", fallback: " " }];
    expect(faults({ ...VALUES, variables })).toEqual(["variables.0.fallback"]);
  });
});

describe("an audience", () => {
  const AUDIENCES = [
    { type: "all" },
    { type: "tag", tag: "vip" },
    { type: "segment", segment_id: "seg_1" },
    { type: "segment", filter: { type: "all_of", of: [{ type: "tag", tag: "vip" }] } },
    { type: "import", import_id: "imp_1" },
    { type: "outcome", campaign_id: "cmp_1", outcome: "not_read", include_unknown: false },
    { type: "several", of: [{ type: "all" }] },
    // Deeper than the form: it is kept whole.
    {
      type: "segment",
      filter: {
        type: "all_of",
        of: [{ type: "any_of", of: [{ type: "any_of", of: [{ type: "tag", tag: "vip" }] }] }],
      },
    },
  ];

  it.each(AUDIENCES)("of a draft goes through the form unchanged: %o", (audience) => {
    const values = valuesOf({
      name: "Spring",
      number_id: "num_1",
      template_id: "tpl_1",
      audience_of: audience,
      variables: {},
      send_at: null,
      canary_percent: null,
      canary_wait_s: null,
    });
    expect(faults(values)).toEqual([]);
    expect(toRequest(newCampaignSchema.parse(values)).audience).toEqual(audience);
    expect(audienceWords(audience)).not.toMatch(/undefined|another kind/);
  });

  it.each([
    ["tag", "tag"],
    ["saved", "segment_id"],
    ["filter", "filter"],
    ["import", "import_id"],
    ["outcome", "campaign_id"],
  ] as const)("by %s that is not complete is told at %s", (audience, path) => {
    expect(faults({ ...VALUES, tag: "", audience })).toEqual([path]);
  });

  it("of no file has no columns", () => {
    const variables = [{ key: "body.1", column: "Discount", field: "name", fallback: "" }];
    const sent = (audience: NewCampaignValues["audience"]) =>
      toRequest({ ...VALUES, audience, import_id: "imp_1", variables }).variables?.["body.1"];
    expect(sent("import")?.column).toBe("Discount");
    expect(sent("all")?.column).toBeNull();
  });
});

describe("how it is sent", () => {
  const OPTIONS = [
    { send_at: null, canary_percent: null, canary_wait_s: null },
    { send_at: "09:30", canary_percent: null, canary_wait_s: null },
    { send_at: null, canary_percent: 5, canary_wait_s: null },
    { send_at: "23:59", canary_percent: 50, canary_wait_s: 1800 },
  ];

  it.each(OPTIONS)("goes through the form unchanged: %o", (options) => {
    const values = { ...VALUES, ...deliveryValues(options) };
    expect(faults(values)).toEqual([]);
    expect(toRequest(newCampaignSchema.parse(values))).toMatchObject(options);
  });

  it("is checked only as far as it is chosen", () => {
    const wrong = { send_at: "", canary_percent: "51", canary_wait_min: "x" };
    expect(faults({ ...VALUES, ...wrong })).toEqual([]);
    expect(
      faults({ ...VALUES, ...wrong, hasSendAt: true, hasCanary: true, canary_then: "wait" }),
    ).toEqual(["send_at", "canary_percent", "canary_wait_min"]);
    expect(faults({ ...VALUES, ...wrong, hasCanary: true, canary_percent: "0.5" })).toEqual([
      "canary_percent",
    ]);
  });

  it("is told in words only where it is special", () => {
    expect(OPTIONS.map((one) => deliveryWords(one).join(". "))).toEqual([
      "",
      "To each at 09:30 of their own time",
      "To 5% first; then it waits for you",
      "To each at 23:59 of their own time. To 50% first; then it goes on by itself after 30 min if it goes well",
    ]);
  });
});

describe("the preview", () => {
  const fillings = [
    { key: "body.1", field: "name", fallback: "there" },
    { key: "body.2", field: "order", fallback: "" },
  ];
  const textFor = (contact: ReturnType<typeof person>) =>
    fill("Hello {{1}}, order {{2}}.", "body", fillings, contact)
      .map(({ text }) => text)
      .join("");

  it("fills variables from the contact, then from the fallback", () => {
    expect(textFor(person(0))).toBe("Hello Asha Rao, order A-1000.");
    expect(textFor({ ...person(0), name: " " })).toBe("Hello there, order A-1000.");
  });

  it("leaves a variable standing that has nothing to say, and tells of the skip", () => {
    expect(textFor(person(1))).toBe("Hello José Álvarez, order {{2}}.");
    expect([isMissing(fillings, person(1)), isMissing(fillings, person(0))]).toEqual([true, false]);
  });
});
