/** The ledger on the screen says whether it adds up. */
import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { campaign, LEDGER } from "@/test/fake/db";
import { renderScreen } from "@/test/render";
import { totalOf } from "./ledger";
import { LedgerCard } from "./ledger-card";

const AUDIENCE = totalOf(LEDGER);

describe("the ledger card", () => {
  it("shows every state's count, and their sum as the audience", async () => {
    renderScreen(<LedgerCard campaign={campaign(1, { audience: AUDIENCE, states: LEDGER })} />);
    const cells = within(await screen.findByRole("table"))
      .getAllByRole("row")
      .slice(1, -1);
    const counts = cells.map((row) => Number(row.querySelector("[data-state]")?.textContent));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(AUDIENCE);
    expect(screen.getByTestId("ledger-total")).toHaveTextContent(AUDIENCE.toLocaleString("en"));
    expect(screen.getByText(/add up to the audience/)).toBeInTheDocument();
  });

  it("says so when it does not add up", async () => {
    renderScreen(<LedgerCard campaign={campaign(1, { audience: AUDIENCE + 1, states: LEDGER })} />);
    expect(await screen.findByRole("status")).toHaveTextContent(/Recount to find the difference/);
  });
});
