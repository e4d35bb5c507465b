/** The form: rules beside their fields as one types, nothing submitted that would be refused. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { startSession } from "@/lib/api/session";
import { problem, resetFake, session, state } from "@/test/fake/handlers";
import { renderScreen } from "@/test/render";
import { server } from "@/test/server";
import { NewTemplateScreen } from "./editor-screen";

beforeEach(() => {
  resetFake(true);
  startSession(session());
  vi.spyOn(window, "confirm").mockReturnValue(true);
});

async function open() {
  const app = renderScreen(<NewTemplateScreen from={undefined} />);
  const name = await screen.findByRole("textbox", { name: "Name" });
  return { ...app, name, text: screen.getByRole("textbox", { name: "Text" }) };
}

const submit = () => userEvent.click(screen.getByRole("button", { name: "Submit for review" }));

describe("the form of a template", () => {
  it("blames nothing that was not written yet, until it is submitted", async () => {
    const { text } = await open();
    expect(await screen.findByText("Examples", { exact: false })).toBeInTheDocument();
    expect(text).not.toBeInvalid();
    await submit();
    await waitFor(() => expect(text).toHaveAccessibleDescription(/Write the text of the body/));
    expect(screen.getByText("2 things have to be changed first.")).toBeVisible();
    await waitFor(() => expect(screen.getByRole("textbox", { name: "Name" })).toHaveFocus());
    expect(state.db.templates.some(({ name }) => name === "")).toBe(false);
  });

  it("says a rule beside its field soon after it is broken, and takes it back", async () => {
    const { text } = await open();
    await userEvent.type(text, "Your code: {{{{1}}");
    await waitFor(() => expect(text).toHaveAccessibleDescription(/must not begin or end/));
    await userEvent.type(text, " is it");
    await waitFor(() => expect(text).not.toBeInvalid());
    const phone = screen.getByRole("region", { name: "Preview" });
    expect(within(phone).getByText("{{1}}")).toBeInTheDocument();
  });

  it("submits what was written, and asks for the examples of the variables", async () => {
    const { name, text } = await open();
    await userEvent.type(name, "Order Update");
    await userEvent.type(text, "Order {{{{1}} is ready");
    await userEvent.type(screen.getByRole("textbox", { name: "{{1}}" }), "A-7");
    await submit();
    await waitFor(() => expect(state.db.templates[0]?.name).toBe("order_update"));
    expect(state.db.templates[0]?.components).toEqual([
      { type: "BODY", text: "Order {{1}} is ready", example: { body_text: [["A-7"]] } },
    ]);
  });

  it("keeps what was written when WhatsApp refuses it, and says why", async () => {
    server.use(
      http.post("*/api/templates", () =>
        problem(502, "upstream", "WhatsApp answered: too many templates (2388001)."),
      ),
    );
    const { name, text } = await open();
    await userEvent.type(name, "order");
    await userEvent.type(text, "Hello");
    await submit();
    expect(await screen.findByRole("alert")).toHaveTextContent("too many templates");
    expect(text).toHaveValue("Hello");
  });

  it("inserts the next variable where the cursor is", async () => {
    const { text } = await open();
    await userEvent.type(text, "Hi  there{ArrowLeft>6/}");
    await userEvent.click(screen.getByRole("button", { name: "Insert variable" }));
    expect(text).toHaveValue("Hi {{1}} there");
  });

  it("has two cards to begin a carousel with, built alike", async () => {
    await open();
    await userEvent.click(screen.getByRole("radio", { name: "Carousel" }));
    const cards = screen.getAllByRole("group", { name: /^Card \d$/ });
    expect(cards).toHaveLength(2);
    await userEvent.click(screen.getByRole("button", { name: "Add a card" }));
    expect(screen.getByRole("button", { name: "Remove card 3" })).toBeInTheDocument();
    expect(screen.queryByRole("textbox", { name: "Footer" })).not.toBeInTheDocument();
  });

  it("asks an authentication template for no text: that is Meta's own", async () => {
    await open();
    await userEvent.selectOptions(screen.getByLabelText("Category"), "AUTHENTICATION");
    expect(screen.queryByRole("textbox", { name: "Text" })).not.toBeInTheDocument();
    expect(screen.getByLabelText(/code expires after/)).toHaveValue("10");
  });

  it("is not shown to who may not write templates", async () => {
    server.use(
      http.get("*/api/auth/me", () =>
        HttpResponse.json({
          user: session().user,
          tenant: session().tenant,
          permissions: ["templates:read", "numbers:read"],
        }),
      ),
    );
    renderScreen(<NewTemplateScreen from={undefined} />);
    expect(await screen.findByText("Your role may not change templates")).toBeVisible();
  });
});
