/** A new campaign's form, its request, and its preview. */
import { describe, expect, it } from "vitest";
import { person } from "@/test/fake/people";
import { type NewCampaignValues, newCampaignSchema, toRequest } from "./new-schema";
import { fill, isMissing } from "./render";

const VALUES: NewCampaignValues = {
  name: " Spring ",
  number_id: "num_1",
  template_id: "tpl_1",
  audience: "tag",
  tag: " VIP ",
  variables: [{ key: "body.1", field: "name", fallback: "" }],
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
      variables: { "body.1": { field: "name", fallback: null } },
    });
  });

  it("names every field that is missing", () => {
    const empty = { ...VALUES, name: " ", number_id: "", template_id: "", tag: "" };
    expect(faults(empty)).toEqual(expect.arrayContaining(["name", "number_id", "template_id"]));
    expect(faults({ ...VALUES, tag: " " })).toEqual(["tag"]);
  });

  it("wants a field or a text for every variable", () => {
    const variables = [{ key: "body.1", field: "", fallback: " " }];
    expect(faults({ ...VALUES, variables })).toEqual(["variables.0.fallback"]);
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
