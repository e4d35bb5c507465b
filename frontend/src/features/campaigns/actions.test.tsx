/** What a person does with a campaign: time it, test it, try again, take its recipients along. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { useState } from "react";
import { toast } from "sonner";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startSession } from "@/lib/api/session";
import { asked } from "@/test/fake/campaigns";
import { campaign, LEDGER } from "@/test/fake/db";
import { exported } from "@/test/fake/exports";
import { resetFake, session, state } from "@/test/fake/handlers";
import { renderScreen } from "@/test/render";
import { server } from "@/test/server";
import CampaignActions from "./actions";
import { CampaignScreen } from "./campaign-screen";
import type { Campaign } from "./ledger";
import type { RecipientFilters } from "./recipient-filters";
import { phonesOf } from "./test-dialog";

afterEach(() => {
  vi.useRealTimers();
});

beforeEach(() => {
  resetFake(true);
  startSession(session());
  asked.tests.length = 0;
  asked.retries.length = 0;
  exported.length = 0;
});

/** A campaign of the fake with these values, and its screen. */
function open(values: Partial<Campaign>, first: RecipientFilters = {}): Campaign {
  const one = campaign(77, { name: "Autumn", ...values });
  state.db.campaigns.unshift(one);
  renderScreen(<Screen id={one.id} first={first} />);
  return one;
}

/** The screen with its filters kept here, as the address keeps them. */
function Screen({ id, first }: { id: string; first: RecipientFilters }) {
  const [filters, setFilters] = useState(first);
  return <CampaignScreen id={id} filters={filters} onFilters={setFilters} />;
}

const SUM = Object.values(LEDGER).reduce((sum, count) => sum + count, 0);
const DONE = {
  state: "completed",
  states: LEDGER,
  audience: SUM,
  launched_at: "2026-11-20T10:00:00Z",
} as const;

async function press(name: string | RegExp): Promise<void> {
  await userEvent.click(await screen.findByRole("button", { name }));
}

describe("a schedule", () => {
  it("tells the moment it means, is set, changed, and taken off again", async () => {
    vi.useFakeTimers({ now: new Date("2026-11-26T10:00:00Z"), toFake: ["Date"] });
    const one = open({ state: "draft" });
    await press("Schedule");
    const zone = await screen.findByRole("combobox", { name: "Time zone" });
    expect(zone).toHaveValue("Asia/Kolkata");
    await userEvent.clear(zone);
    await userEvent.type(zone, "Europe/Berlin");
    const at = screen.getByLabelText("Day and time");
    await userEvent.clear(at);
    await userEvent.type(at, "2026-12-24T10:00");
    expect(await screen.findByText("Thu 24 Dec 2026, 10:00")).toBeVisible();
    expect(screen.getByText(/It starts in 671 h/)).toBeVisible();
    await press("Schedule it");
    await waitFor(() => expect(one.schedule?.starts_at).toBe("2026-12-24T09:00:00.000Z"));
    expect(await screen.findByText("Starts Thu 24 Dec 2026, 10:00")).toBeVisible();
    await press("Make it a draft");
    await waitFor(() => expect(one.state).toBe("draft"));
    expect(await screen.findByRole("button", { name: "Schedule" })).toBeVisible();
  });

  it("in the past is refused beside its field", async () => {
    open({ state: "draft" });
    await press("Schedule");
    const at = await screen.findByLabelText("Day and time");
    await userEvent.clear(at);
    await userEvent.type(at, "2020-01-01T10:00");
    expect(await screen.findByText(/This is past/)).toBeVisible();
    await press("Schedule it");
    expect(await screen.findByText("The time is past. Give a later one.")).toBeVisible();
    expect(at).toHaveAccessibleDescription(/Give a later one/);
  });
});

describe("a test", () => {
  it.each([
    ["", []],
    [" +49 1 \n\n+49 2,+49 1;", ["+49 1", "+49 2"]],
  ])("reads %j as %j", (text, phones) => {
    expect(phonesOf(text)).toEqual(phones);
  });

  it("names the phone that is none, then says what became of each", async () => {
    open({ state: "draft" });
    await press("Send a test");
    await press("Send the test");
    expect(await screen.findByText("Write the phone that should get it.")).toBeVisible();
    const box = screen.getByRole("textbox", { name: "Phones" });
    await userEvent.type(box, "+4915123456789{Enter}+49");
    await press("Send the test");
    expect(await screen.findByText("+49: Too short to be a phone number.")).toBeVisible();
    await userEvent.type(box, "1511111111");
    await press("Send the test");
    const results = await screen.findByRole("list", { name: "What became of the tests" });
    expect(results).toHaveTextContent("+4915123456789Sent");
    expect(results).toHaveTextContent("Asked for no more messages");
    expect(asked.tests).toEqual([["+4915123456789", "+491511111111"]]);
  });
});

describe("another try", () => {
  it("takes who may be reached now, and the unknown only when a person says so", async () => {
    open(DONE);
    await press("Try again");
    const dialog = within(await screen.findByRole("dialog"));
    const held = await dialog.findByRole("checkbox", {
      name: /Held back by WhatsApp \(131049\): 9/,
    });
    const unknown = dialog.getByRole("checkbox", { name: /not known whether they got it/ });
    expect(held).toBeChecked();
    expect(unknown).not.toBeChecked();
    expect(dialog.getByText(/28 failed for a reason that stays/)).toBeVisible();
    await userEvent.click(held);
    expect(dialog.getByRole("button", { name: "Choose whom to try again" })).toBeDisabled();
    await userEvent.click(unknown);
    await userEvent.click(dialog.getByRole("button", { name: "Try 2 again" }));
    await waitFor(() => expect(asked.retries).toEqual([{ codes: [], include_unknown: true }]));
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  });

  it.each([
    ["is running", { ...DONE, state: "running" as const }],
    ["was tried five times", { ...DONE, retries: 5 }],
    ["reached everybody", { ...DONE, states: { ...LEDGER, failed: 0, unknown: 0 } }],
  ])("is not offered for one that %s", async (_, values) => {
    renderScreen(<CampaignActions campaign={campaign(77, values)} />);
    await screen.findByRole("button", { name: "Duplicate" });
    expect(screen.queryByRole("button", { name: "Try again" })).not.toBeInTheDocument();
  });
});

describe("the recipients", () => {
  it("are narrowed, and exported as they are narrowed", async () => {
    open(DONE);
    const card = within(await screen.findByRole("region", { name: "Recipients" }));
    await userEvent.selectOptions(await card.findByRole("combobox", { name: "State" }), "failed");
    await waitFor(() => {
      const badges = card.getAllByText("Failed", { selector: "[data-slot=badge]" });
      expect(badges).toHaveLength(37);
    });
    await userEvent.click(card.getByRole("button", { name: "Export" }));
    await press("Write the file");
    const link = await screen.findByRole("link", { name: "Download the file" }, { timeout: 4_000 });
    expect(link).toHaveAttribute("href", "https://files.parley.example/export.csv");
    expect(exported).toMatchObject([{ filters: { state: ["failed"], error_code: [] } }]);
  });

  it("say so when nobody is like that, with the way back", async () => {
    open(DONE, { find: "+000" });
    expect(await screen.findByText("Nobody is like that")).toBeVisible();
    await press("Show all");
    expect(await screen.findByRole("group", { name: "Recipients" })).toBeVisible();
  });
});

describe("the page", () => {
  it("says of each failure why, whose matter it is, what was done, and what to do", async () => {
    open(DONE);
    const card = within(await screen.findByRole("region", { name: "Failed, by WhatsApp’s code" }));
    const [first] = await card.findAllByRole("listitem");
    expect(first).toHaveTextContent("The customer’s matter: The phone is not on WhatsApp.");
    expect(first).toHaveTextContent("Parley: Parley marked the contact.");
    expect(first).toHaveTextContent("Next: Reach them in another way.");
    const link = within(first as HTMLElement).getByRole("link", { name: /show these 28/ });
    expect(link).toHaveAttribute("href", expect.stringContaining("code=131026"));
  });

  it("tells why Parley paused it", async () => {
    open({ ...DONE, state: "paused", state_reason: "12 % of the last 200 messages failed." });
    const note = await screen.findByRole("region", { name: "Parley paused it" });
    expect(note).toHaveTextContent("12 % of the last 200 messages failed.");
    expect(await screen.findByRole("button", { name: "Resume" })).toBeEnabled();
  });

  it("tells when the last message leaves, and what it waits for", async () => {
    const waits = ["Nothing is sent from 21:00 to 08:00 of the recipient's own time."];
    const forecast = { not_before: "2026-11-27T08:00:00Z", expected_by: null, waits };
    open({ ...DONE, state: "running", forecast });
    expect(await screen.findByText(/The last message leaves not before 27 Nov 2026/)).toBeVisible();
    expect(screen.getByText(/Nothing is sent from 21:00/)).toBeVisible();
  });

  it("says that a large recount goes on, and not that something is wrong", async () => {
    server.use(
      http.post("*/api/campaigns/:id/reconcile", async ({ request }) => {
        const { headers, url } = request;
        const report = await fetch(url.replace("reconcile", "report"), { headers });
        const recounting = { started_at: "2026-11-26T10:00:00Z", parts_done: 1, parts: 9 };
        return HttpResponse.json({ ...(await report.json()), reconciled: false, recounting });
      }),
    );
    const said = vi.spyOn(toast, "info");
    const complained = vi.spyOn(toast, "error");
    open(DONE);
    await press("Recount");
    await waitFor(() => expect(said).toHaveBeenCalledWith(expect.stringContaining("goes on")));
    expect(complained).not.toHaveBeenCalled();
  });

  it("leads to a campaign for those who did not read it", async () => {
    const one = open(DONE);
    const link = await screen.findByRole("link", { name: "did not read it" });
    expect(link).toHaveAttribute("href", `/campaigns/new?of=${one.id}&outcome=not_read`);
  });
});
