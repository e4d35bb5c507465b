/** One's own account: password, second factor, sessions and name. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { useSession } from "@/lib/api/session";
import { resetFake, session, state } from "@/test/fake/handlers";
import { CODE, identity, PASSWORD, RECOVERY, SECRET } from "@/test/fake/identity";
import { renderScreen } from "@/test/render";
import { AccountScreen } from "./account-screen";
import { deviceOf } from "./device";

beforeEach(() => {
  resetFake(true);
  state.token = 1;
  useSession.setState({ status: "signed-in", session: session() });
});

describe("the password", () => {
  it("that is wrong is told beside its box, and the session stays", async () => {
    renderScreen(<AccountScreen />);
    await userEvent.type(await screen.findByLabelText("Present password"), "not it");
    await userEvent.type(screen.getByLabelText("New password"), "a garden of words{Enter}");
    await waitFor(() =>
      expect(screen.getByLabelText("Present password")).toHaveAccessibleDescription(/is wrong/),
    );
    expect(identity.asked).toHaveLength(1);
    expect(useSession.getState().status).toBe("signed-in");
  });

  it("is changed, and the boxes are empty again", async () => {
    renderScreen(<AccountScreen />);
    await userEvent.type(await screen.findByLabelText("Present password"), PASSWORD);
    await userEvent.type(screen.getByLabelText("New password"), "a garden of words{Enter}");
    await waitFor(() => expect(screen.getByLabelText("New password")).toHaveValue(""));
    const places = screen.getByRole("list", { name: "Where you are signed in" });
    await waitFor(() => expect(within(places).getAllByRole("listitem")).toHaveLength(1));
  });
});

describe("the second factor", () => {
  async function toTheCodes() {
    renderScreen(<AccountScreen />);
    await userEvent.click(await screen.findByRole("button", { name: "Switch it on" }));
    await userEvent.type(await screen.findByLabelText("Your password"), `${PASSWORD}{Enter}`);
    expect(await screen.findByText(SECRET.match(/.{4}/g)?.join(" ") ?? "")).toBeVisible();
    expect(screen.getByTitle("The secret as a QR code")).toBeInTheDocument();
    await userEvent.type(screen.getByLabelText("The code that the app shows"), `${CODE}{Enter}`);
    return screen.findByRole("list", { name: "Recovery codes" });
  }

  it("is switched on, and shows every recovery code", async () => {
    const codes = await toTheCodes();
    expect(within(codes).getAllByRole("listitem")).toHaveLength(RECOVERY.length);
    await userEvent.click(screen.getByRole("button", { name: "I have kept them" }));
    expect(await screen.findByRole("button", { name: "Switch it off" })).toBeVisible();
  });

  it("does not lose the codes to a stray Escape", async () => {
    // Stands in for the clipboard from here on.
    const user = userEvent.setup();
    await toTheCodes();
    await user.keyboard("{Escape}");
    expect(await screen.findByRole("alert")).toHaveTextContent("Keep the codes first");
    expect(screen.getByRole("list", { name: "Recovery codes" })).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Copy them" }));
    await waitFor(async () =>
      expect(await navigator.clipboard.readText()).toBe(RECOVERY.join("\n")),
    );
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  });

  it("is switched off with a code; a wrong one is told", async () => {
    identity.user.has_second_factor = true;
    renderScreen(<AccountScreen />);
    await userEvent.click(await screen.findByRole("button", { name: "Switch it off" }));
    const dialog = within(await screen.findByRole("dialog"));
    const box = await dialog.findByLabelText(/Code of your authenticator app/);
    await userEvent.type(box, "000000{Enter}");
    await waitFor(() => expect(box).toHaveAccessibleDescription(/wrong, or was used before/));
    await userEvent.clear(box);
    await userEvent.type(box, `${CODE}{Enter}`);
    expect(await screen.findByRole("button", { name: "Switch it on" })).toBeVisible();
  });
});

it("ends one session, and all but this one", async () => {
  renderScreen(<AccountScreen />);
  await userEvent.click(
    await screen.findByRole("button", { name: "Sign out Safari on iPhone, 203.0.113.2" }),
  );
  await waitFor(() => expect(identity.sessions.map(({ id }) => id)).toEqual(["ses_1", "ses_3"]));
  expect(
    screen.queryByRole("button", { name: "Sign out Chrome on Linux, 203.0.113.1" }),
  ).toBeNull();
});

it("signs out everywhere else after a question", async () => {
  renderScreen(<AccountScreen />);
  await userEvent.click(await screen.findByRole("button", { name: "Sign out everywhere else" }));
  const dialog = within(await screen.findByRole("alertdialog"));
  await userEvent.click(dialog.getByRole("button", { name: "Sign out everywhere else" }));
  await waitFor(() => expect(identity.sessions.map(({ id }) => id)).toEqual(["ses_1"]));
});

it("changes the name, here and in the menu", async () => {
  renderScreen(<AccountScreen />);
  await userEvent.click(await screen.findByRole("button", { name: "Change your name" }));
  const box = await screen.findByLabelText("Name");
  await userEvent.clear(box);
  await userEvent.type(box, "Meera N. Nair{Enter}");
  expect(await screen.findByText("Meera N. Nair")).toBeVisible();
  expect(useSession.getState().session?.user.name).toBe("Meera N. Nair");
});

it.each([
  ["Mozilla/5.0 (Windows NT 10.0) Chrome/156.0 Safari/537.36 Edg/156.0", "Edge on Windows"],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Version/19.0 Safari/605.1", "Safari on Mac"],
  ["Mozilla/5.0 (Linux; Android 16) Chrome/156.0 Mobile Safari/537.36", "Chrome on Android"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
  ["curl/8.5.0", "curl/8.5.0"],
  ["", "Unknown device"],
  [null, "Unknown device"],
])("calls %j %s", (userAgent, words) => {
  expect(deviceOf(userAgent)).toBe(words);
});
