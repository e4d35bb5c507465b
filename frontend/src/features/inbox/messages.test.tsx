/** Every kind of message says what it is; files say why they are not there. */
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { startSession } from "@/lib/api/session";
import { resetFake, session, state } from "@/test/fake/handlers";
import { messageOf } from "@/test/fake/message";
import { renderApp } from "@/test/render";
import type { Message } from "./api";
import { Bubble } from "./bubble";

const CONTACT = "con_1";

function show(values: Partial<Message>) {
  const message = messageOf({ id: "msg_1", direction: "in", ...values });
  state.db.messages.set(CONTACT, [message]);
  return renderApp(<Bubble contactId={CONTACT} message={message} actions={null} />);
}

function file(values: Partial<NonNullable<Message["media"]>>): Message["media"] {
  return {
    mime_type: "image/jpeg",
    filename: null,
    caption: null,
    is_voice: false,
    state: "stored",
    size_bytes: 1200,
    reason: null,
    ...values,
  };
}

beforeEach(() => {
  resetFake(true);
  startSession(session());
});

describe("a message", () => {
  it.each([
    [
      "location",
      { latitude: 18.52, longitude: 73.85, name: "Lotus Books", address: "1 Main Road" },
      /1 Main Road/,
    ],
    ["location", { latitude: -23.5505, longitude: -46.6333 }, /-23.5505, -46.6333/],
    ["contacts", [{ name: { formatted_name: "Ana" }, phones: [{ phone: "+1 555" }] }], /\+1 555/],
    [
      "order",
      { product_items: [{ product_retailer_id: "SKU-9", quantity: 2, item_price: 25.5 }] },
      /2 × SKU-9/,
    ],
    [
      "order",
      { product_items: [{ quantity: 2, item_price: 25.5, currency: "USD" }] },
      /51\.00 USD/,
    ],
    [
      "interactive",
      { type: "list_reply", list_reply: { id: "1", title: "Blue", description: "Size M" } },
      /Size M/,
    ],
    [
      "interactive",
      { type: "nfm_reply", nfm_reply: { response_json: '{"flow_token":"t","rating":"5"}' } },
      /^Rating$/,
    ],
    ["unsupported", null, /does not pass this kind of message/],
    ["something_new", { any: "thing" }, /Line of text/],
  ])("of type %s with %o shows %s", (type, content, expected) => {
    show({ type, content, text: "Line of text" });
    expect(screen.getByText(expected)).toBeVisible();
  });

  it("does not show the secret token of a form", () => {
    show({
      type: "interactive",
      content: { nfm_reply: { response_json: '{"flow_token":"secret","rating":"5"}' } },
    });
    expect(screen.queryByText(/secret/)).not.toBeInTheDocument();
  });

  it("with broken answers of a form still shows its words", () => {
    show({
      type: "interactive",
      text: "Sent",
      content: { nfm_reply: { response_json: "{" } },
    });
    expect(screen.getByText("Sent")).toBeVisible();
  });

  it("shows what it answers, its reactions, and that it was edited", () => {
    show({
      text: "Yes",
      quoted: { wamid: "w", message_id: null, direction: "out", type: "text", text: "Shall we?" },
      reactions: [{ direction: "out", emoji: "👍" }],
      edited_at: "2026-11-23T12:00:00Z",
    });
    expect(screen.getByText("Shall we?")).toBeVisible();
    expect(screen.getByRole("list", { name: "Reactions" })).toHaveTextContent("👍 by you");
    expect(screen.getByText("Edited")).toBeVisible();
  });

  it("that was deleted says only that", () => {
    show({ text: "", revoked_at: "2026-11-23T12:00:00Z" });
    expect(screen.getByText("They deleted this message.")).toBeVisible();
  });

  it("makes links of addresses, and marks of WhatsApp's marks", () => {
    show({ text: "*Now* at https://example.com/a?b=1. snake_case_name stays" });
    expect(screen.getByRole("link")).toHaveAttribute("href", "https://example.com/a?b=1");
    expect(screen.getByText("Now").tagName).toBe("STRONG");
    expect(screen.getByText(/snake_case_name stays/)).toBeVisible();
  });

  it("that failed says why and what to do", () => {
    show({
      direction: "out",
      state: "failed",
      failure: {
        code: 131047,
        title: "Re-engagement message",
        cause: "More than 24 hours have passed.",
        whose: "business",
        done: "",
        next_step: "Send a template.",
        detail: null,
      },
    });
    expect(screen.getByText("Not delivered: Re-engagement message (131047)")).toBeVisible();
    expect(screen.getByText("Send a template.")).toBeInTheDocument();
  });
});

describe("the file of a message", () => {
  it("is shown once its address is known", async () => {
    show({ type: "image", media: file({ caption: "My shelf" }) });
    expect(await screen.findByRole("img", { name: "My shelf" })).toHaveAttribute(
      "src",
      expect.stringMatching(/^data:/),
    );
    expect(screen.getByText("My shelf")).toBeVisible();
  });

  it("is a name to download when it is a document", async () => {
    show({
      type: "document",
      media: file({ mime_type: "application/pdf", filename: "bill.pdf", size_bytes: 48_123 }),
    });
    expect(await screen.findByRole("link", { name: /bill\.pdf.*48 kB/ })).toBeVisible();
  });

  it.each([
    ["pending", /being fetched/],
    ["expired", /no longer available/],
    ["refused", /not kept/],
    ["failed", /could not be fetched/],
  ])("that is %s says so", (name, words) => {
    show({ type: "video", media: file({ state: name }) });
    expect(screen.getByText(words)).toBeVisible();
  });

  it("can be fetched again where that failed", async () => {
    show({ type: "image", media: file({ state: "failed", reason: "WhatsApp was away." }) });
    await userEvent.click(await screen.findByRole("button", { name: "Fetch again" }));
    await vi.waitFor(() =>
      expect(state.db.messages.get(CONTACT)?.[0]?.media?.state).toBe("pending"),
    );
  });
});
