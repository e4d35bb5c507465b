/** The team: who may be touched, invitations, roles, and the owner who must stay. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { useSession } from "@/lib/api/session";
import { PERMISSIONS } from "@/test/fake/base";
import { resetFake, session, state } from "@/test/fake/handlers";
import { identity } from "@/test/fake/identity";
import { renderScreen } from "@/test/render";
import { isLastOwner, mayGive, mayTouch, nameProblem } from "./roles";
import { TeamScreen } from "./team-screen";

beforeEach(() => {
  resetFake(true);
  useSession.setState({ status: "signed-in", session: session() });
});

async function rowOf(words: RegExp) {
  const members = await screen.findByRole("list", { name: "Members" });
  const row = within(members)
    .getAllByRole("listitem")
    .find((item) => words.test(item.textContent ?? ""));
  if (!row) throw new Error(`nobody is called ${words}`);
  return within(row);
}

describe("who may be touched", () => {
  it("keeps the only owner, and says what to do first", async () => {
    renderScreen(<TeamScreen />);
    const own = await rowOf(/Meera Nair/);
    expect(own.getByText(/Make somebody else an owner first/)).toBeVisible();
    expect(own.queryByRole("button")).toBeNull();
  });

  it("shows no button to who may only look", async () => {
    state.permissions = ["users:read"];
    renderScreen(<TeamScreen />);
    await rowOf(/Ravi Rao/);
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("shows an admin no button beside an owner", async () => {
    state.permissions = PERMISSIONS.filter((one) => one !== "tenant:write");
    identity.team.push({ ...identity.user, id: "usr_other", name: "Olga Owner" });
    renderScreen(<TeamScreen />);
    const owner = await rowOf(/Olga Owner/);
    expect(owner.queryByRole("button")).toBeNull();
    expect(
      (await rowOf(/Ravi Rao/)).getByRole("button", { name: "Remove Ravi Rao" }),
    ).toBeVisible();
  });
});

it("invites somebody to a role, and says what is wrong with the e-mail", async () => {
  renderScreen(<TeamScreen />);
  await userEvent.click(await screen.findByRole("button", { name: "Invite" }));
  const box = await screen.findByLabelText("E-mail");
  await userEvent.type(box, "eva{Enter}");
  expect(box).toHaveAccessibleDescription(/name@company\.com/);
  await userEvent.type(box, "@b.example");
  await userEvent.click(screen.getByLabelText("Admin"));
  await userEvent.click(screen.getByRole("button", { name: "Send the invitation" }));
  expect((await rowOf(/eva@b\.example/)).getByText("Invited")).toBeVisible();
  expect(identity.asked.at(-1)?.body).toEqual({ email: "eva@b.example", role: "admin" });
});

it("shows the API's sentence for somebody who is there already", async () => {
  renderScreen(<TeamScreen />);
  await userEvent.click(await screen.findByRole("button", { name: "Invite" }));
  await userEvent.type(await screen.findByLabelText("E-mail"), "ravi@parley.example{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("in the team already");
});

it("sends an invitation again as a new one, and takes one back", async () => {
  renderScreen(<TeamScreen />);
  const again = { name: "Send again to new@parley.example" };
  await userEvent.click(await screen.findByRole("button", again));
  await waitFor(() => expect(identity.asked.at(-1)?.route).toBe("invite"));
  expect(identity.team.filter(({ state: is }) => is === "invited")).toHaveLength(1);
  const back = { name: "Withdraw the invitation of new@parley.example" };
  await userEvent.click(await screen.findByRole("button", back));
  await waitFor(() => expect(identity.team).toHaveLength(1));
});

it("changes a role, and removes a member after a question", async () => {
  renderScreen(<TeamScreen />);
  const ravi = await rowOf(/Ravi Rao/);
  await userEvent.click(ravi.getByRole("button", { name: "Change role of Ravi Rao" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByRole("button", { name: "Give this role" })).toBeDisabled();
  await userEvent.click(dialog.getByLabelText("Admin"));
  await userEvent.click(dialog.getByRole("button", { name: "Give this role" }));
  await waitFor(() => expect(identity.team[0]?.role).toBe("admin"));
  await userEvent.click(await screen.findByRole("button", { name: "Remove Ravi Rao" }));
  await userEvent.click(await screen.findByRole("button", { name: "Remove from the team" }));
  await waitFor(() => expect(identity.team.map(({ name }) => name)).toEqual([""]));
});

it("makes a role of one's own, changes it and deletes it, and keeps the others", async () => {
  identity.roles = [{ name: "auditor", permissions: ["audit:read"], is_built_in: false }];
  renderScreen(<TeamScreen />);
  await userEvent.click(await screen.findByRole("button", { name: "New role" }));
  await userEvent.type(await screen.findByLabelText("Name"), "night-shift");
  await userEvent.click(screen.getByRole("button", { name: "Save the role" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("at least one thing");
  const inbox = within(screen.getByRole("group", { name: "Conversations" }));
  await userEvent.click(inbox.getByLabelText("See"));
  await userEvent.click(screen.getByRole("button", { name: "Save the role" }));
  await screen.findByText("Night shift");
  const auditor = { name: "auditor", permissions: ["audit:read"] };
  expect(identity.asked.at(-1)?.body).toEqual({
    items: [auditor, { name: "night-shift", permissions: ["conversations:read"] }],
  });
  await userEvent.click(screen.getByRole("button", { name: "Delete the role night-shift" }));
  await userEvent.click(await screen.findByRole("button", { name: "Delete the role" }));
  await waitFor(() => expect(identity.asked.at(-1)?.body).toEqual({ items: [auditor] }));
});

describe("the rules", () => {
  const role = { name: "r", permissions: ["a:read", "b:read"], is_built_in: false };

  it("let nobody give or touch what is above them", () => {
    expect(mayGive(new Set(["a:read"]), role)).toBe(false);
    expect(mayGive(new Set(["a:read", "b:read", "c:read"]), role)).toBe(true);
    expect(mayTouch(new Set(["a:read"]), { role: "r" }, [role])).toBe(false);
    expect(mayTouch(new Set(), { role: "gone" }, [role])).toBe(true);
  });

  it("know the last owner only where the whole team is known", () => {
    const owner = identity.user;
    const invited = { ...owner, id: "usr_x", state: "invited" as const };
    expect(isLastOwner(owner, [owner, invited], true)).toBe(true);
    expect(isLastOwner(owner, [owner, invited], false)).toBe(false);
    expect(isLastOwner(owner, [owner, { ...owner, id: "usr_y" }], true)).toBe(false);
  });

  it.each([
    ["night-shift", undefined],
    ["n", /2 to 32/],
    ["Night", /small letters/],
    ["r", /2 to 32/],
    ["owner", /already/],
  ])("take %s as a name or say why not", (name, words) => {
    const said = nameProblem(name, ["owner"]);
    if (words) expect(said).toMatch(words);
    else expect(said).toBeUndefined();
  });
});
