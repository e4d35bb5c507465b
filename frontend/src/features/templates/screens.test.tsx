/** The list and one template: what is wrong is said, and what can be done is there. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { startSession } from "@/lib/api/session";
import { resetFake, session, state } from "@/test/fake/handlers";
import { idOf } from "@/test/fake/people";
import { renderScreen } from "@/test/render";
import { server } from "@/test/server";
import { TemplateScreen } from "./detail-screen";
import { TemplateListScreen } from "./list-screen";

beforeEach(() => {
  resetFake(true);
  startSession(session());
});

describe("the list", () => {
  it("shows each language with its status and what is wrong with it", async () => {
    renderScreen(<TemplateListScreen filters={{}} onFilters={vi.fn()} />);
    const spring = await screen.findByRole("list", { name: "Languages of spring_opening" });
    const [english, portuguese] = within(spring).getAllByRole("link");
    expect(english).toHaveTextContent(/English.*Approved.*High quality/);
    expect(portuguese).toHaveTextContent(/Paused.*Low quality.*Paused until/);
  });

  it("says so when nothing fits, with the way back", async () => {
    const onFilters = vi.fn();
    renderScreen(<TemplateListScreen filters={{ status: "DISABLED" }} onFilters={onFilters} />);
    await userEvent.click(await screen.findByRole("button", { name: "Show all" }));
    expect(onFilters).toHaveBeenCalledWith({});
  });

  it("can be tried again when it cannot be loaded", async () => {
    server.use(http.get("*/api/templates", () => HttpResponse.error(), { once: true }));
    renderScreen(<TemplateListScreen filters={{}} onFilters={vi.fn()} />);
    await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("heading", { name: "winter_news" })).toBeVisible();
  });

  it("is compared with WhatsApp to the last step", async () => {
    let steps = 0;
    server.events.on("request:start", ({ request }) => {
      if (request.url.endsWith("/api/templates/sync")) steps += 1;
    });
    renderScreen(<TemplateListScreen filters={{}} onFilters={vi.fn()} />);
    await userEvent.click(await screen.findByRole("button", { name: "Sync from WhatsApp" }));
    await waitFor(() => expect(steps).toBe(2));
    expect(await screen.findByRole("button", { name: "Sync from WhatsApp" })).toBeEnabled();
    server.events.removeAllListeners();
  });
});

describe("a template", () => {
  it("that was rejected says why and what to do", async () => {
    renderScreen(<TemplateScreen id={idOf("tpl", 4)} />);
    expect(await screen.findByText("Rejected by Meta")).toBeVisible();
    expect(screen.getByText(/Number the variables/)).toBeVisible();
    expect(await screen.findByRole("link", { name: "Change" })).toBeVisible();
  });

  it("that becomes another category says when, and what that means", async () => {
    renderScreen(<TemplateScreen id={idOf("tpl", 5)} />);
    expect(await screen.findByText(/^Becomes marketing on/)).toBeVisible();
    expect(screen.getByText(/is charged, and limited, as marketing/)).toBeVisible();
  });

  it("is deleted only after a question that says what it means", async () => {
    const id = idOf("tpl", 2);
    renderScreen(<TemplateScreen id={id} />);
    await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
    const question = screen.getByRole("alertdialog");
    expect(question).toHaveTextContent(/30 days/);
    await userEvent.click(within(question).getByRole("button", { name: "Keep it" }));
    expect(state.db.templates.some((one) => one.id === id)).toBe(true);
    await userEvent.click(screen.getByRole("button", { name: "Delete" }));
    await userEvent.click(screen.getByRole("button", { name: "Delete English" }));
    await waitFor(() => expect(state.db.templates.some((one) => one.id === id)).toBe(false));
  });

  it("that is paused can be let go, and in review not be changed", async () => {
    renderScreen(<TemplateScreen id={idOf("tpl", 3)} />);
    await userEvent.click(await screen.findByRole("button", { name: "End the pause" }));
    await waitFor(() =>
      expect(screen.queryByRole("button", { name: "End the pause" })).not.toBeInTheDocument(),
    );
  });
});
