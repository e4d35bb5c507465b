/** The list of templates: groups, filters, words and the past of one. */
import { describe, expect, it } from "vitest";
import { createTemplates, templateOf } from "@/test/fake/template-rows";
import { sumOf } from "./api";
import { asName, oneOfEach } from "./basics-fields";
import { lengthOf } from "./counter";
import { whyFixed } from "./editable";
import { readFilters } from "./filters";
import { groupsOf } from "./groups";
import { historyOf } from "./history";
import { troubleOf } from "./list-screen";
import { syncWords } from "./sync-button";
import { languageName, statusWords, variableName } from "./words";

describe("groups", () => {
  const rows = createTemplates();

  it("hold all languages of one name, and a template only once", () => {
    const groups = groupsOf([...rows, ...rows], "");
    expect(groups.map(({ name, languages }) => [name, languages.map((l) => l.language)])).toEqual([
      ["spring_opening", ["en", "pt_BR"]],
      ["winter_news", ["en"]],
      ["refund_note", ["en"]],
      ["loyalty_points", ["en"]],
    ]);
  });

  it("of two accounts stay apart", () => {
    const other = templateOf(9, { name: "winter_news", waba_id: "2" });
    expect(groupsOf([...rows, other], "winter")).toHaveLength(2);
  });

  it("are found by their name or their text", () => {
    expect(groupsOf(rows, " REFUND ").map(({ name }) => name)).toEqual(["refund_note"]);
    expect(groupsOf(rows, "loja abre").map(({ name }) => name)).toEqual(["spring_opening"]);
  });
});

it("reads filters from an address, and drops what is none", () => {
  expect(
    readFilters({ status: "PAUSED", category: "SPAM", language: "pt_BR", quality: "RED", x: 1 }),
  ).toEqual({ status: "PAUSED", language: "pt_BR", quality: "RED" });
  expect(readFilters({ status: "<b>", number_id: "num_1", language: 7 })).toEqual({});
});

describe("words", () => {
  it.each([
    ["body.1", "Text {{1}}"],
    ["header.first_name", "Header {{first_name}}"],
    ["header.media", "File of the header"],
    ["button.0", "Button 1"],
    ["card.1.body.2", "Card 2, text {{2}}"],
    ["offer.expires_at", "End of the offer"],
  ])("%s is %s", (key, expected) => {
    expect(variableName(key)).toBe(expected);
  });

  it("say what a status means, and show one that is new at Meta as it came", () => {
    expect(statusWords("PAUSED").label).toBe("Paused");
    expect(statusWords("SOME_NEW_STATE").label).toBe("Some new state");
  });

  it("name languages, and keep a code that nobody knows", () => {
    expect(languageName("pt_BR")).toBe("Brazilian Portuguese");
    expect(languageName("?")).toBe("?");
  });

  it("tell the one thing that is wrong", () => {
    const [fine, , paused, rejected, moving] = createTemplates();
    expect(fine && troubleOf(fine)).toBeNull();
    expect(paused && troubleOf(paused)).toMatch(/^Paused until \d/);
    expect(rejected && troubleOf(rejected)).toMatch(/variables/);
    expect(moving && troubleOf(moving)).toMatch(/^Becomes marketing on/);
  });

  it("of a comparison add up over its steps", () => {
    const step = { adopted: 2, updated: 1, unchanged: 4, vanished: 0 };
    expect(syncWords(sumOf(step, { ...step, vanished: 1 }))).toBe(
      "Compared with WhatsApp: 4 new, 2 updated, 1 gone at Meta.",
    );
    expect(syncWords({ adopted: 0, updated: 0, unchanged: 3, vanished: 0 })).toMatch(/all 3 are/);
  });
});

it("says why a template takes no change, and nothing where it does", () => {
  expect(whyFixed(templateOf(1, {}))).toBeNull();
  expect(whyFixed(templateOf(1, { status: "REJECTED" }))).toBeNull();
  expect(whyFixed(templateOf(1, { status: "PENDING" }))).toMatch(/in review/);
  expect(whyFixed(templateOf(1, { status: "DISABLED" }))).toMatch(/copy/);
  expect(whyFixed(templateOf(1, { next_edit_at: "2026-11-26T10:00:00Z" }))).toMatch(/24 hours/);
});

it("tells the past newest first, and what is to come", () => {
  const entries = historyOf(
    templateOf(1, {
      created_at: "2026-11-01T00:00:00Z",
      updated_at: "2026-11-02T00:00:00Z",
      quality: { score: "RED", changed_at: "2026-11-03T00:00:00Z" },
      next_edit_at: "2026-11-04T00:00:00Z",
    }),
  );
  expect(entries.map(({ text }) => text)).toEqual([
    "Can be changed again",
    "Low quality",
    "Approved, as last heard from Meta",
    "Submitted",
  ]);
});

it("turns what is typed into a name that WhatsApp takes", () => {
  expect(asName("Order Update-2")).toBe("order_update_2");
});

it("counts as the API does: an emoji is one character", () => {
  expect(lengthOf("a👍b")).toBe(3);
});

it("takes one number of each account", () => {
  const [one, two, three] = ["1", "1", "2"].map((waba_id, index) => ({ id: `${index}`, waba_id }));
  const found = oneOfEach([one, two, three] as never);
  expect(found.map(({ waba_id }) => waba_id)).toEqual(["1", "2"]);
});
