/** What is sent goes out once, whatever the network does; files, templates and reactions too. */
import { QueryClient } from "@tanstack/react-query";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiProblem } from "@/lib/api/problem";
import { startSession } from "@/lib/api/session";
import { resetFake, session, state } from "@/test/fake/handlers";
import { messageOf } from "@/test/fake/message";
import { renderApp } from "@/test/render";
import { server } from "@/test/server";
import { Bubble } from "./bubble";
import { choiceProblem } from "./choices-form";
import { choiceBody, fileBody } from "./compose";
import { ConversationScreen } from "./conversation-screen";
import { useDrafts } from "./drafts";
import { deliver, fateOf, useOutbox } from "./outbox";
import { firstValues, variableName } from "./template-values";

vi.mock("@tanstack/react-router", () => ({ Link: "a" }));

const MESSAGES = "*/api/conversations/:id/messages";

function first() {
  const conversation = state.db.conversations[0];
  if (!conversation) throw new Error("the fake has conversations");
  return conversation;
}

function thread() {
  return state.db.messages.get(first().contact_id) ?? [];
}

beforeEach(() => {
  resetFake(true);
  startSession(session());
  useDrafts.setState({ drafts: {} });
  useOutbox.setState({ items: [] });
});

describe("a message whose answer is lost", () => {
  const item = {
    key: "key-1",
    contactId: "",
    body: { type: "text", text: { body: "Once" } },
    text: "Once",
    problem: null,
    onRefused: undefined,
  } as const;

  it("is tried again with the same key, and goes out once", async () => {
    let tries = 0;
    server.use(
      http.post(MESSAGES, () => {
        tries += 1;
        // The first is carried out; the others stand for a page that never heard of it.
        return tries === 2 ? HttpResponse.error() : undefined;
      }),
    );
    const one = { ...item, contactId: first().contact_id };
    const before = thread().length;
    await deliver(new QueryClient(), one, []);
    await deliver(new QueryClient(), one, [0, 0]);
    expect(tries).toBe(3);
    expect(thread()).toHaveLength(before + 1);
  });

  it("waits for somebody when the API stays away, and then goes out", async () => {
    server.use(http.post(MESSAGES, () => HttpResponse.error()));
    const one = { ...item, contactId: first().contact_id };
    useOutbox.setState({ items: [one] });
    await deliver(new QueryClient(), one, [0]);
    expect(useOutbox.getState().items[0]?.problem).toMatch(/cannot be reached/);
    server.resetHandlers();
    await deliver(new QueryClient(), one, []);
    expect(useOutbox.getState().items).toEqual([]);
    expect(thread()[0]?.text).toBe("Once");
  });

  it.each([
    [0, "unreachable", "again"],
    [500, "internal", "again"],
    [504, "unreadable", "again"],
    [409, "request_in_progress", "again"],
    [503, "whatsapp_throttled", "waits"],
    [502, "upstream", "unclear"],
    [409, "request_interrupted", "unclear"],
    [409, "window_closed", "refused"],
    [422, "invalid", "refused"],
  ])("of %d %s is %s", (status, code, fate) => {
    expect(fateOf(new ApiProblem(status, code, ""))).toBe(fate);
  });
});

describe("a conversation", () => {
  async function open() {
    renderApp(<ConversationScreen contactId={first().contact_id} />);
    return screen.findByRole("textbox", { name: /Reply to/ });
  }

  it("is marked as read in WhatsApp, and shows that somebody writes", async () => {
    first().unread = 2;
    const box = await open();
    await waitFor(() => expect(first().unread).toBe(0));
    await userEvent.type(box, "Hello");
    await waitFor(() => expect(state.db.reads.map((one) => one.typing)).toEqual([false, true]));
  });

  it("sends a reply to a message, which it quotes", async () => {
    const box = await open();
    const about = thread()[0];
    await userEvent.click(
      (await screen.findAllByRole("button", { name: /^Reply or react to/ })).at(-1) ?? box,
    );
    await userEvent.click(await screen.findByRole("menuitem", { name: "Reply" }));
    await userEvent.type(box, "Gladly{Enter}");
    await waitFor(() => expect(thread()[0]?.text).toBe("Gladly"));
    expect(thread()[0]?.quoted?.message_id).toBe(about?.id);
  });

  it("reacts to a message, and takes it back", async () => {
    await open();
    const about = thread()[0];
    const act = async (name: RegExp) => {
      const button = (await screen.findAllByRole("button", { name: /^Reply or react to/ })).at(-1);
      await userEvent.click(button ?? document.body);
      await userEvent.click(await screen.findByRole("menuitem", { name }));
    };
    await act(/Heart/);
    await waitFor(() => expect(about?.reactions).toEqual([{ direction: "out", emoji: "❤️" }]));
    await screen.findByText("❤️");
    await act(/Take ❤️ back/);
    await waitFor(() => expect(about?.reactions).toEqual([]));
  });

  it("sends a pasted picture with its caption", async () => {
    const box = await open();
    vi.stubGlobal(
      "URL",
      Object.assign(URL, { createObjectURL: () => "blob:1", revokeObjectURL() {} }),
    );
    const picture = new File([new Uint8Array(9)], "shelf.png", { type: "image/png" });
    fireEvent.paste(box, { clipboardData: { files: { item: () => picture } } });
    expect(await screen.findByText("Ready to send")).toBeVisible();
    await userEvent.type(box, "Our shelf{Enter}");
    await waitFor(() => expect(thread()[0]?.type).toBe("image"));
    expect(thread()[0]?.content).toMatchObject({ caption: "Our shelf" });
    expect(screen.queryByText("Ready to send")).not.toBeInTheDocument();
  });

  it("says in WhatsApp's words why a file cannot be sent", async () => {
    await open();
    const input = screen.getByLabelText("File to send");
    await userEvent.upload(input, new File(["x"], "old.bmp", { type: "image/bmp" }));
    expect(await screen.findByText(/JPEG or PNG only/)).toBeVisible();
    expect(screen.getByRole("button", { name: "Send" })).toBeDisabled();
  });

  it("does not offer the words again when the message may have gone out", async () => {
    const box = await open();
    await userEvent.type(box, "unclear{Enter}");
    expect(await screen.findByText(/look before you repeat it/)).toBeVisible();
    expect(box).toHaveValue("");
  });

  it("sends a template once the 24 hours are over", async () => {
    first().window_closes_at = "2020-01-01T00:00:00Z";
    renderApp(<ConversationScreen contactId={first().contact_id} />);
    await userEvent.click(await screen.findByRole("button", { name: "Send a template" }));
    const dialog = await screen.findByRole("dialog", { name: "Send a template" });
    await userEvent.type(await within(dialog).findByRole("searchbox"), "spring");
    await userEvent.click(within(dialog).getByRole("button", { name: /spring_opening/ }));
    await userEvent.click(within(dialog).getByRole("button", { name: /^Send to/ }));
    expect(within(dialog).getAllByText("This variable needs a value.").length).toBeGreaterThan(0);
    for (const box of within(dialog).getAllByRole("textbox")) {
      await userEvent.clear(box);
      await userEvent.type(box, "A-7");
    }
    expect(within(dialog).getByRole("region", { name: "Preview" })).toHaveTextContent(
      "Your order A-7 is waiting.",
    );
    await userEvent.click(within(dialog).getByRole("button", { name: /^Send to/ }));
    await waitFor(() => expect(thread()[0]?.type).toBe("template"));
    expect(thread()[0]?.content).toMatchObject({ values: { "body.1": "A-7", "body.2": "A-7" } });
  });
});

describe("a message that waits", () => {
  it("cannot be answered before WhatsApp has it", () => {
    renderApp(
      <Bubble
        contactId="con_1"
        message={messageOf({ state: "claimed" })}
        actions={{ onReply: vi.fn(), onReact: vi.fn() }}
      />,
    );
    expect(screen.queryByRole("button")).not.toBeInTheDocument();
  });
});

it("makes buttons of three answers and a list of four", () => {
  expect(choiceBody("Which?", ["A", "B", "C"], null)).toMatchObject({
    interactive: { type: "button" },
  });
  expect(choiceBody("Which?", ["A", "B", "C", "D"], { id: "msg_1" })).toMatchObject({
    interactive: { type: "list" },
    context: { message_id: "msg_1" },
  });
});

it("allows answers as long as a button or a list does, each once", () => {
  const long = "x".repeat(22);
  expect(choiceProblem([long], 0)).toMatch(/20/);
  expect(choiceProblem([long, "a", "b", "c"], 0)).toBeUndefined();
  expect(choiceProblem(["a", "a "], 1)).toMatch(/already/);
});

it("gives no caption to what WhatsApp shows without one", () => {
  const sound = { kind: "audio", mediaId: "med_1", name: "a.mp3" } as const;
  expect(fileBody(sound, "Listen", null)).toEqual({ type: "audio", audio: { id: "med_1" } });
});

it.each([
  ["body.1", "Text {{1}}"],
  ["header.media", "Header: media"],
  ["button.0", "Button 1"],
  ["card.1.body.name", "Card 2, text {{name}}"],
  ["offer.expires_at", "Offer: expires at"],
])("calls %s %s", (key, name) => {
  expect(variableName(key)).toBe(name);
});

it("guesses the first name", () => {
  expect(firstValues({ variables: ["body.1", "body.2"] }, "Asha Rao")).toEqual({
    "body.1": "Asha",
    "body.2": "",
  });
});
