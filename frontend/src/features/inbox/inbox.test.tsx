/** Ticks, the 24 hours, the order of a thread, and the composer. */
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeEach, describe, expect, it } from "vitest";
import type { Schemas } from "@/lib/api/client";
import { startSession } from "@/lib/api/session";
import { resetFake, session, state } from "@/test/fake/handlers";
import { messageOf } from "@/test/fake/message";
import { renderApp } from "@/test/render";
import { addressOf, type Conversation, inReadingOrder, type Message, nameOf } from "./api";
import { Bubble } from "./bubble";
import { Composer } from "./composer";
import { useDrafts } from "./drafts";
import { useOutbox, useOutboxOf } from "./outbox";
import { looksOf, Ticks } from "./ticks";
import { useAttachment } from "./use-attachment";
import { replyWindow } from "./window";

const NOW = new Date("2026-11-23T12:00:00Z");

function message(values: Partial<Schemas["MessageOut"]>): Schemas["MessageOut"] {
  return messageOf({ state: "sent", at: NOW.toISOString(), ...values });
}

describe("ticks", () => {
  it.each([
    ["accepted", "Accepted by WhatsApp"],
    ["sent", "Sent"],
    ["delivered", "Delivered"],
    ["read", "Read"],
    ["failed", "Failed"],
    ["somewhere_new", "Somewhere new"],
  ])("of a message that is %s say %s", (name, label) => {
    render(<Ticks state={name} />);
    expect(screen.getByRole("img", { name: label })).toBeInTheDocument();
  });

  it("are the same two for delivered and read, in another colour", () => {
    const [delivered, read] = [looksOf("delivered"), looksOf("read")];
    expect(read.icon).toBe(delivered.icon);
    expect(read.className).not.toBe(delivered.className);
  });

  it("come with WhatsApp's reason when a message failed", () => {
    renderApp(
      <Bubble
        contactId="con_1"
        actions={null}
        message={message({ state: "failed", error: "Not deliverable", error_code: 131026 })}
      />,
    );
    expect(screen.getByText("Not delivered: Not deliverable (131026)")).toBeInTheDocument();
  });
});

describe("the reply window", () => {
  const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000).toISOString();

  it.each([
    [null, false, false, /Until they do/],
    [at(-1), false, false, /24 hours .* are over/],
    [at(0), false, false, /are over/],
    [at(59), true, true, /^59 min left/],
    [at(0.5), true, true, /^1 min left/],
    [at(1400), true, false, /^23 h 20 min left/],
  ])("that closes at %s is open: %s", (closesAt, isOpen, isClosing, sentence) => {
    const found = replyWindow(closesAt, NOW);
    expect([found.isOpen, found.isClosing]).toEqual([isOpen, isClosing]);
    expect(found.sentence).toMatch(sentence);
  });
});

it("shows a thread oldest first, and a message that two pages hold only once", () => {
  const [a, b, c] = ["a", "b", "c"].map((id) => message({ id }));
  if (!a || !b || !c) throw new Error("three messages were made");
  const pages = [{ items: [c, b] }, { items: [b, a] }];
  expect(inReadingOrder(pages).map(({ id }) => id)).toEqual(["a", "b", "c"]);
});

it.each([
  ["Ana", "+4915550100", "ana", "US.1", "Ana", "+4915550100"],
  ["Ana", null, "ana", "US.1", "Ana", "@ana"],
  ["", "+4915550100", "ana", "US.1", "+4915550100", null],
  ["", null, "ana", "US.1", "@ana", null],
  ["", null, null, "US.1", "US.1", null],
  ["", null, null, null, "Without a name", null],
])("calls %j, %j, %j, %j by what is known: %s, %s", (name, phone, username, id, called, below) => {
  const one = {
    ...(state.db.conversations[0] as Conversation),
    contact_name: name,
    contact_phone: phone,
    contact_username: username,
    contact_bsuid: id,
  };
  expect([nameOf(one), addressOf(one)]).toEqual([called, below]);
});

function Harness({ conversation }: { conversation: Conversation }) {
  const outbox = useOutboxOf(conversation.contact_id);
  const box = useAttachment();
  const [replyTo, setReplyTo] = useState<Message | null>(null);
  return (
    <Composer
      conversation={conversation}
      outbox={outbox}
      box={box}
      replyTo={replyTo}
      onReplyTo={setReplyTo}
      canReply
    />
  );
}

describe("the composer", () => {
  beforeEach(() => {
    resetFake(true);
    startSession(session());
    useDrafts.setState({ drafts: {} });
    useOutbox.setState({ items: [] });
  });

  function open(values: Partial<Conversation> = {}): Conversation {
    const first = state.db.conversations[0];
    if (!first) throw new Error("the fake has conversations");
    const conversation = {
      ...first,
      window_closes_at: new Date(Date.now() + 3_600_000 * 5).toISOString(),
      ...values,
    };
    renderApp(<Harness conversation={conversation} />);
    return conversation;
  }

  it("sends with Enter, and starts a line with Shift+Enter", async () => {
    const conversation = open();
    const box = screen.getByRole("textbox", { name: /Reply to/ });
    await userEvent.type(box, "One{Shift>}{Enter}{/Shift}two{Enter}");
    await waitFor(() =>
      expect(state.db.messages.get(conversation.contact_id)?.[0]?.text).toBe("One\ntwo"),
    );
    expect(box).toHaveValue("");
  });

  it("gives the text back when it was refused, with the reason", async () => {
    open();
    await userEvent.type(screen.getByRole("textbox"), "refuse{Enter}");
    expect(await screen.findByText(/Not sent\. WhatsApp refused/)).toBeVisible();
    expect(screen.getByRole("textbox")).toHaveValue("refuse");
  });

  it("sends nothing that is only spaces", async () => {
    const conversation = open();
    const before = state.db.messages.get(conversation.contact_id)?.length;
    await userEvent.type(screen.getByRole("textbox"), "   {Enter}");
    expect(screen.getByRole("button", { name: "Send" })).toBeDisabled();
    expect(state.db.messages.get(conversation.contact_id)).toHaveLength(before ?? -1);
  });

  it("is a sentence once the 24 hours are over", () => {
    open({ window_closes_at: "2020-01-01T00:00:00Z" });
    expect(screen.queryByRole("textbox")).not.toBeInTheDocument();
    expect(screen.getByText(/allows only templates/)).toBeVisible();
  });
});
