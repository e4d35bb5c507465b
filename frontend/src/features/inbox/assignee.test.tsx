/** Whose conversation it is: the filters of the list, and handing over. */
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { startSession } from "@/lib/api/session";
import { COLLEAGUE, USER } from "@/test/fake/base";
import { resetFake, session, state } from "@/test/fake/handlers";
import { renderApp, renderScreen } from "@/test/render";
import type { Conversation } from "./api";
import { useUpdateConversation } from "./api";
import { Assignee } from "./assignee";
import { ConversationList } from "./conversation-list";

beforeEach(() => {
  resetFake(true);
  startSession(session());
});

function first(): Conversation {
  const [one] = state.db.conversations;
  if (!one) throw new Error("the fake has conversations");
  return one;
}

function Harness({ canWrite = true }: { canWrite?: boolean }) {
  const conversation = first();
  const update = useUpdateConversation(conversation.contact_id);
  return <Assignee conversation={conversation} update={update} canWrite={canWrite} />;
}

describe("the assignee", () => {
  it("is chosen from the team", async () => {
    renderApp(<Harness />);
    const choice = await screen.findByRole("combobox", { name: "Assigned to" });
    await screen.findByRole("option", { name: "Ravi Rao" });
    expect(screen.getByRole("option", { name: "Meera Nair (you)" })).toBeInTheDocument();
    await userEvent.selectOptions(choice, "Ravi Rao");
    await waitFor(() => expect(first().assignee_id).toBe(COLLEAGUE.id));
  });

  it("is still shown when they have left", async () => {
    first().assignee_id = "usr_gone";
    renderApp(<Harness />);
    await screen.findByRole("option", { name: "Ravi Rao" });
    expect(screen.getByRole("combobox")).toHaveDisplayValue("A former colleague");
  });

  it("is taken and handed back where the team cannot be seen", async () => {
    state.permissions = state.permissions.filter((one) => one !== "users:read");
    renderApp(<Harness />);
    await userEvent.click(await screen.findByRole("button", { name: "Take" }));
    await waitFor(() => expect(first().assignee_id).toBe(USER.id));
  });

  it("is only told to whoever may not write", async () => {
    renderApp(<Harness canWrite={false} />);
    expect(await screen.findByText("Nobody's yet")).toBeVisible();
    expect(screen.queryByRole("combobox")).not.toBeInTheDocument();
  });
});

describe("the list", () => {
  it("shows all, mine, or what nobody has", async () => {
    const all = state.db.conversations.length;
    first().assignee_id = USER.id;
    renderScreen(<ConversationList />);
    await waitFor(() => expect(screen.getAllByRole("listitem")).toHaveLength(all));
    await userEvent.click(await screen.findByRole("radio", { name: "Mine" }));
    await waitFor(() => expect(screen.getAllByRole("listitem")).toHaveLength(1));
    await userEvent.click(screen.getByRole("radio", { name: "Unassigned" }));
    await waitFor(() => expect(screen.getAllByRole("listitem")).toHaveLength(all - 1));
  });

  it("offers no choice to whoever sees only their own", async () => {
    state.permissions = state.permissions.filter(
      (one) => !["conversations:all", "conversations:unassigned"].includes(one),
    );
    renderScreen(<ConversationList />);
    await screen.findAllByRole("listitem");
    expect(screen.queryByRole("radio", { name: "Mine" })).not.toBeInTheDocument();
  });
});
