/** The audit trail: filters in the address, what differs, the chain, and the export. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { useSession } from "@/lib/api/session";
import { resetFake, session } from "@/test/fake/handlers";
import { renderScreen } from "@/test/render";
import { exportTrail } from "./api";
import { AuditScreen } from "./audit-screen";
import { brokenAt } from "./chain";
import { changesOf } from "./changes";
import { asQuery, type Filters, readFilters } from "./filters";

beforeEach(() => {
  resetFake(true);
  useSession.setState({ status: "signed-in", session: session() });
});

function Trail() {
  const [filters, setFilters] = useState<Filters>({});
  return <AuditScreen filters={filters} onFilters={setFilters} />;
}

it("names who did what, and opens to what differs and from where", async () => {
  renderScreen(<Trail />);
  const records = within(await screen.findByRole("list", { name: "Records" }));
  expect(await records.findAllByText("by Meera Nair")).not.toHaveLength(0);
  const [first] = records.getAllByText("Update contact");
  await userEvent.click(first as HTMLElement);
  const changes = within(
    records.getAllByRole("table", { hidden: true })[0] as HTMLElement,
  ).getAllByRole("row", { hidden: true });
  expect(changes.map((row) => row.textContent)).toEqual([
    "FieldBeforeAfter",
    "nameAsha RaoAsha Rao-Iyer",
  ]);
  expect(records.getAllByText("203.0.113.7")[0]).toBeInTheDocument();
});

it("filters by outcome and person, and says nothing of the chain then", async () => {
  renderScreen(<Trail />);
  expect(await screen.findByText(/The 8 newest records follow each other/)).toBeVisible();
  await userEvent.selectOptions(screen.getByLabelText("Outcome"), "failed");
  const records = await screen.findByRole("list", { name: "Records" });
  await waitFor(() => expect(within(records).getAllByRole("listitem")).toHaveLength(1));
  expect(screen.queryByText(/follow each other/)).toBeNull();
  await userEvent.selectOptions(screen.getByLabelText("Who"), "Ravi Rao");
  expect(await screen.findByText("Nothing fits")).toBeVisible();
});

it("exports every part as one file with one row of titles", async () => {
  const parts = vi.fn();
  expect(await exportTrail({}, parts)).toBe("sequence,at\r\n8,now\r\n7,before\r\n");
  expect(parts.mock.calls).toEqual([[1], [2]]);
});

describe("the chain", () => {
  const chain = [3, 2, 1].map((sequence) => ({
    sequence,
    hash: `h${sequence}`,
    previous_hash: `h${sequence - 1}`,
  }));

  it("is whole where each holds the hash of the one before", () => {
    expect(brokenAt(chain)).toBeNull();
    expect(brokenAt([])).toBeNull();
  });

  it("shows a record that is missing, and one that was replaced", () => {
    expect(brokenAt(chain.filter(({ sequence }) => sequence !== 2))).toBe(3);
    expect(brokenAt(chain.map((one) => (one.sequence === 1 ? { ...one, hash: "x" } : one)))).toBe(
      2,
    );
  });
});

it("tells the fields that differ, made and removed ones too", () => {
  expect(changesOf({ a: 1, b: "x", c: [1] }, { b: "x", c: [1, 2], d: null })).toEqual([
    { field: "a", before: "1", after: "–" },
    { field: "c", before: "[1]", after: "[1,2]" },
  ]);
  expect(changesOf(null, null)).toEqual([]);
});

describe("filters in the address", () => {
  it("drop what is unknown", () => {
    const search = { outcome: "odd", since: "2026-13-45", actor: "<script>", until: "2026-11-26" };
    expect(readFilters(search)).toEqual({ until: "2026-11-26" });
  });

  it("take a day whole, from its first moment here to the next day's", () => {
    const { since, until } = asQuery({ since: "2026-11-26", until: "2026-11-26" });
    expect(Date.parse(until ?? "") - Date.parse(since ?? "")).toBe(86_400_000);
    expect(new Date(since ?? "").getHours()).toBe(0);
  });
});
