/** WhatsApp's marks: what is formatted on the phone, and what only looks like it. */
import { describe, expect, it } from "vitest";
import { type MarkedText, readMarks } from "./marks";

function plain(parts: readonly MarkedText[]): string {
  return parts.map((part) => (typeof part === "string" ? part : plain(part.parts))).join("");
}

describe("marks", () => {
  it.each([
    ["*Sale* today", [{ mark: "bold", parts: ["Sale"] }, " today"]],
    ["say _it_.", ["say ", { mark: "italic", parts: ["it"] }, "."]],
    ["~10~", [{ mark: "struck", parts: ["10"] }]],
    ["```a *b*```", [{ mark: "mono", parts: ["a *b*"] }]],
    ["`x`", [{ mark: "mono", parts: ["x"] }]],
    ["*_both_*", [{ mark: "bold", parts: [{ mark: "italic", parts: ["both"] }] }]],
    ["*{{1}}* is it", [{ mark: "bold", parts: ["{{1}}"] }, " is it"]],
  ])("%s", (text, expected) => {
    expect(readMarks(text)).toEqual(expected);
  });

  it.each(["snake_case_name", "2*3*4", "* not *", "*open", "one *line\nonly*", ""])(
    "are not in %j",
    (text) => {
      expect(plain(readMarks(text))).toBe(text);
      expect(readMarks(text).every((part) => typeof part === "string")).toBe(true);
    },
  );
});
