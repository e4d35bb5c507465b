/** A draft, the request it becomes, and back: nothing of Meta's components is lost on the way. */
import { describe, expect, it } from "vitest";
import { templateOf } from "@/test/fake/template-rows";
import {
  type Draft,
  emptyButton,
  emptyCard,
  emptyDraft,
  emptyHeader,
  likeFirst,
  nextVariable,
  variablesOf,
} from "./draft";
import { draftOf } from "./draft-reading";
import { cardPlace, componentsOf, contentOf, placesOf, saidOf } from "./draft-request";
import { shownProblems, unplaced, valueAt } from "./problems";

const draft = (values: Partial<Draft>): Draft => ({ ...emptyDraft("num_1"), ...values });

describe("the request of a draft", () => {
  it("has an example for each variable, in Meta's order, whatever the order in the text", () => {
    const body = { text: "Order {{2}} of {{1}} and {{2}}.", examples: { 1: "Asha", 2: "A-1" } };
    expect(componentsOf(draft({ body }))).toEqual([
      { type: "BODY", text: body.text, example: { body_text: [["Asha", "A-1"]] } },
    ]);
  });

  it("names the examples of named variables", () => {
    const header = {
      ...emptyHeader("TEXT"),
      text: "For {{first_name}}",
      examples: { first_name: "Asha" },
    };
    const content = contentOf(draft({ isNamed: true, header }));
    expect(content.parameter_format).toBe("NAMED");
    expect(content.components?.[0]).toEqual({
      type: "HEADER",
      format: "TEXT",
      text: "For {{first_name}}",
      example: { header_text_named_params: [{ param_name: "first_name", example: "Asha" }] },
    });
  });

  it("gives a file of the library as the sample, and an example only to a link with a variable", () => {
    const sample = { mediaId: "med_1", handle: null, name: "a.png", url: null };
    const link = { ...emptyButton("URL"), text: "See", url: "https://example.com", example: "x" };
    const parts = componentsOf(
      draft({ header: { ...emptyHeader("IMAGE"), sample }, buttons: [link] }),
    );
    expect(parts[0]).toMatchObject({ format: "IMAGE", example: { media_id: "med_1" } });
    expect(parts[2]).toEqual({
      type: "BUTTONS",
      buttons: [{ type: "URL", text: "See", url: "https://example.com" }],
    });
  });

  it("of an authentication template has nothing of the message that was written before", () => {
    const parts = componentsOf(
      draft({ category: "AUTHENTICATION", footer: "Bye", body: { text: "Hi", examples: {} } }),
    );
    expect(parts).toEqual([
      { type: "BODY", add_security_recommendation: true },
      { type: "FOOTER", code_expiration_minutes: 10 },
      { type: "BUTTONS", buttons: [{ type: "OTP", otp_type: "COPY_CODE" }] },
    ]);
  });

  it("of a carousel says where each part of each card is", () => {
    const first = { ...emptyCard(), body: { text: "One", examples: {} } };
    const two = draft({ kind: "carousel", cards: [first, likeFirst(first)] });
    expect(placesOf(two)).toEqual({ BODY: "components.0", CAROUSEL: "components.1" });
    expect(cardPlace(two, 0, "BUTTONS")).toBe("components.1.cards.0.components.2");
    expect(cardPlace(two, 1, "BUTTONS")).toBe("components.1.cards.1.components.1");
    expect(cardPlace(two, 1, "BODY")).toBeUndefined();
  });
});

describe("a template of Meta's", () => {
  const CASES = {
    text: [
      { type: "HEADER", format: "TEXT", text: "Hi {{1}}", example: { header_text: ["Asha"] } },
      { type: "BODY", text: "Order {{1}} is in.", example: { body_text: [["A-1"]] } },
      { type: "FOOTER", text: "Bye" },
      {
        type: "BUTTONS",
        buttons: [
          { type: "QUICK_REPLY", text: "Yes" },
          {
            type: "URL",
            text: "See",
            url: "https://example.com/{{1}}",
            example: ["https://example.com/7"],
          },
          { type: "PHONE_NUMBER", text: "Call", phone_number: "+15550100001" },
          { flow_action: "navigate", type: "FLOW", text: "Book", flow_id: "77" },
        ],
      },
    ],
    offer: [
      { type: "HEADER", format: "IMAGE", example: { header_handle: ["4::abc"] } },
      {
        type: "LIMITED_TIME_OFFER",
        limited_time_offer: { text: "Ends soon", has_expiration: true },
      },
      { type: "BODY", text: "Half price today only." },
      { type: "BUTTONS", buttons: [{ type: "COPY_CODE", example: "HALF" }] },
    ],
    carousel: [
      { type: "BODY", text: "Look at these." },
      {
        type: "CAROUSEL",
        cards: [1, 2].map((n) => ({
          components: [
            { type: "HEADER", format: "IMAGE", example: { header_handle: [`4::${n}`] } },
            { type: "BODY", text: `Card ${n}` },
            { type: "BUTTONS", buttons: [{ type: "QUICK_REPLY", text: "More" }] },
          ],
        })),
      },
    ],
    "something this form has no fields for": [
      { type: "BODY", text: "May we call you?" },
      { type: "CALL_PERMISSION_REQUEST" },
    ],
  };

  it.each(Object.entries(CASES))("with %s comes back as it was", (_, components) => {
    expect(componentsOf(draftOf(templateOf(1, { components })))).toEqual(components);
  });

  it("whose sample Meta shows as a link asks for the sample again", () => {
    const components = [
      {
        type: "HEADER",
        format: "IMAGE",
        example: { header_handle: ["https://scontent.example/a"] },
      },
      { type: "BODY", text: "Hello" },
    ];
    expect(draftOf(templateOf(1, { components })).header.sample).toBeNull();
  });

  it("of authentication is read with its app and its minutes", () => {
    const components = [
      { type: "BODY", text: "*{{1}}* is your code.", add_security_recommendation: true },
      { type: "FOOTER", text: "This code expires in 5 minutes.", code_expiration_minutes: 5 },
      {
        type: "BUTTONS",
        buttons: [
          {
            type: "OTP",
            otp_type: "ONE_TAP",
            text: "Copy",
            supported_apps: [{ package_name: "com.shop", signature_hash: "K8a/AINcGX7" }],
          },
        ],
      },
    ];
    const read = draftOf(templateOf(1, { category: "AUTHENTICATION", components }));
    expect(read.code).toMatchObject({ otpType: "ONE_TAP", minutes: "5", withAdvice: true });
    expect(componentsOf(read)[2]).toEqual(components[2]);
  });
});

describe("variables", () => {
  it.each([
    ["", false, "{{1}}"],
    ["{{1}} and {{2}}", false, "{{3}}"],
    ["", true, "{{first_name}}"],
    ["{{first_name}} {{value_2}}", true, "{{value_3}}"],
  ])("after %j the next is inserted", (text, isNamed, expected) => {
    expect(nextVariable(text, isNamed)).toBe(expected);
  });

  it("are told once each, numbers by number", () => {
    expect(variablesOf("{{10}} {{2}} {{ 2 }} {{}}")).toEqual(["2", "10"]);
  });
});

describe("problems", () => {
  const request = {
    name: "",
    components: [{ type: "BODY", text: "Hi {{1}}", example: undefined }],
  };
  const problems = [
    { field: "name", message: "Write a name." },
    { field: "components.0.text", message: "Put words there." },
    { field: "components.0.example.body_text", message: "Give an example." },
    { field: "template_id", message: "Not now." },
  ];

  it("of what is still empty wait until somebody wants to submit", () => {
    expect(shownProblems(problems, request, false).map(({ field }) => field)).toEqual([
      "components.0.text",
    ]);
    expect(shownProblems(problems, request, true)).toEqual(problems);
    expect(valueAt(request, "components.0.text.deeper")).toBeUndefined();
  });

  it("stand beside their part, and none is left out", () => {
    const places = { BODY: "components.0" };
    expect(saidOf(problems, "components.0")).toBe("Put words there. Give an example.");
    expect(saidOf(problems, "components.0", { exactly: true })).toBeUndefined();
    expect(saidOf(problems, undefined)).toBeUndefined();
    expect(unplaced(problems, places)).toEqual([problems[3]]);
  });
});
