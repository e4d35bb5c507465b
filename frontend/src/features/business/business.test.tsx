/** The business: settings that do not overwrite others' changes, usage, and a deletion that is meant. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { Suspended } from "@/components/app/suspended";
import { useSession } from "@/lib/api/session";
import { resetFake, session, state } from "@/test/fake/handlers";
import { CODE, identity, PASSWORD } from "@/test/fake/identity";
import { renderScreen } from "@/test/render";
import { BusinessScreen } from "./business-screen";
import { settingsPatch, settingsProblems, settingsValues } from "./settings-values";

beforeEach(() => {
  resetFake(true);
  useSession.setState({ status: "signed-in", session: session() });
});

describe("the settings", () => {
  it("send only what differs, and show the new name at once", async () => {
    renderScreen(<BusinessScreen />);
    const name = await screen.findByLabelText("Name");
    expect(screen.getByRole("button", { name: "Save the settings" })).toBeDisabled();
    await userEvent.clear(name);
    await userEvent.type(name, "Lotus & Co");
    await userEvent.click(screen.getByRole("button", { name: "Save the settings" }));
    await waitFor(() => expect(identity.business.name).toBe("Lotus & Co"));
    expect(identity.asked).toEqual([{ route: "business", body: { name: "Lotus & Co" } }]);
    expect(useSession.getState().session?.tenant.name).toBe("Lotus & Co");
  });

  it("do not overwrite what somebody else has changed meanwhile", async () => {
    renderScreen(<BusinessScreen />);
    const box = await screen.findByLabelText("Contact e-mail");
    identity.business = { ...identity.business, name: "Changed elsewhere", version: 9 };
    await userEvent.type(box, "hello@lotus.example");
    await userEvent.click(screen.getByRole("button", { name: "Save the settings" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Somebody else changed");
    await userEvent.click(screen.getByRole("button", { name: "Read it again" }));
    await waitFor(() => expect(screen.getByLabelText("Name")).toHaveValue("Changed elsewhere"));
  });

  it("cannot be changed by who may only look, who is offered no deletion either", async () => {
    state.permissions = ["tenant:read"];
    renderScreen(<BusinessScreen />);
    expect(await screen.findByLabelText("Name")).toBeDisabled();
    expect(await screen.findByRole("list", { name: "Usage" })).toBeVisible();
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("take away what is emptied, and say what is wrong", () => {
    const business = { ...identity.business };
    const values = settingsValues(business);
    expect(settingsPatch(business, { ...values, time_zone: "" })).toEqual({ time_zone: null });
    expect(settingsPatch(business, values)).toEqual({});
    const wrong = { ...values, name: " ", time_zone: "Mars/Base", contact_email: "x" };
    expect(Object.keys(settingsProblems(wrong))).toEqual(["name", "time_zone", "contact_email"]);
  });
});

it("tells what is full, what nearly is, and what has no limit", async () => {
  renderScreen(<BusinessScreen />);
  const usage = within(await screen.findByRole("list", { name: "Usage" }));
  expect(usage.getByText("Full").closest("li")).toHaveTextContent("Members and invitations3 of 3");
  expect(usage.getByText("Nearly full").closest("li")).toHaveTextContent("9,400 of 10,000");
  expect(usage.getByText("1 (no limit)")).toBeVisible();
});

describe("the deletion", () => {
  async function ask(name: string, password: string) {
    renderScreen(
      <>
        <Suspended />
        <BusinessScreen />
      </>,
    );
    await userEvent.click(await screen.findByRole("button", { name: "Delete the business" }));
    const dialog = within(await screen.findByRole("dialog"));
    await userEvent.type(dialog.getByLabelText(/The name of the business/), name);
    await userEvent.type(dialog.getByLabelText("Your password"), password);
    await userEvent.click(dialog.getByRole("button", { name: "Delete the business" }));
    return dialog;
  }

  it("is asked for with name and password, told above every screen, and called off", async () => {
    await ask("Lotus Books", PASSWORD);
    expect(await screen.findAllByText(/going to be deleted on/)).toHaveLength(2);
    await userEvent.click(screen.getByRole("button", { name: "Keep the business" }));
    await waitFor(() => expect(screen.queryAllByText(/going to be deleted/)).toEqual([]));
    expect(identity.deletion).toBeNull();
  });

  it("is not asked for with another name or password", async () => {
    const dialog = await ask("Lotus", PASSWORD);
    const name = dialog.getByLabelText(/The name of the business/);
    expect(name).toHaveAccessibleDescription(/exactly so/);
    expect(identity.asked).toEqual([]);
    await userEvent.type(name, " Books");
    await userEvent.type(dialog.getByLabelText("Your password"), "x{Enter}");
    await waitFor(() =>
      expect(dialog.getByLabelText("Your password")).toHaveAccessibleDescription(/is wrong/),
    );
    expect(identity.deletion).toBeNull();
  });

  it("takes a code where there is a second factor", async () => {
    identity.user.has_second_factor = true;
    const dialog = await ask("Lotus Books", PASSWORD);
    await userEvent.type(dialog.getByLabelText(/Code of your/), `${CODE}{Enter}`);
    await waitFor(() => expect(identity.deletion).not.toBeNull());
    expect(identity.asked[0]?.body).toMatchObject({ code: CODE });
  });
});
