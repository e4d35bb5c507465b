/** The sentence above every screen of a suspended business, and of no other. */
import { screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";
import { startSession } from "@/lib/api/session";
import { TENANT } from "@/test/fake/base";
import { resetFake, session } from "@/test/fake/handlers";
import { renderApp } from "@/test/render";
import { Suspended } from "./suspended";

beforeEach(() => {
  resetFake(true);
  startSession(session());
  TENANT.suspension = null;
});

it("says why, and what still works", async () => {
  TENANT.suspension = { since: "2026-11-26T00:00:00.000Z", reason: "An invoice is open." };
  renderApp(<Suspended />);
  expect(await screen.findByRole("status")).toHaveTextContent(
    /suspended\. An invoice is open\. You can read and export/,
  );
});

it("is not there otherwise", async () => {
  const { container } = renderApp(<Suspended />);
  await waitFor(() => expect(container).toBeEmptyDOMElement());
});
