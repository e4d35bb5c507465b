/** The pages that mails lead to, and the one that asks for a mail. */
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { useSession } from "@/lib/api/session";
import { resetFake, session } from "@/test/fake/handlers";
import { identity } from "@/test/fake/identity";
import { renderScreen } from "@/test/render";
import { ForgotForm } from "./forgot-form";
import { JoinForm } from "./join-form";
import { ResetForm } from "./reset-form";
import { VerifyEmail } from "./verify-email";

const NEW = "a garden of many words";

beforeEach(() => {
  resetFake(false);
  useSession.setState({ status: "signed-out", session: null });
});

describe("a forgotten password", () => {
  it("asks for a mail, and does not tell who has an account", async () => {
    renderScreen(<ForgotForm />);
    await userEvent.type(await screen.findByLabelText("E-mail"), " ada@b.example {Enter}");
    expect(await screen.findByRole("status")).toHaveTextContent(/If ada@b\.example has an account/);
    expect(identity.asked).toEqual([
      { route: "links", body: { purpose: "reset", email: "ada@b.example" } },
    ]);
  });

  it("is set anew with the token of the mail, and ends the session here too", async () => {
    useSession.setState({ status: "signed-in", session: session() });
    renderScreen(<ResetForm token="good" />);
    await userEvent.type(await screen.findByLabelText("New password"), `${NEW}{Enter}`);
    expect(await screen.findByText(/signed out everywhere/)).toBeVisible();
    expect(identity.asked).toEqual([{ route: "reset", body: { token: "good", password: NEW } }]);
    expect(useSession.getState().status).toBe("signed-out");
  });

  it("refuses a short one before anything is sent", async () => {
    renderScreen(<ResetForm token="good" />);
    await userEvent.type(await screen.findByLabelText("New password"), "short{Enter}");
    await waitFor(() =>
      expect(screen.getByLabelText("New password")).toHaveAccessibleDescription(/10 characters/),
    );
    expect(identity.asked).toEqual([]);
  });
});

describe("a link that is over", () => {
  it.each(["used", ""])("%j leads to another mail", async (token) => {
    renderScreen(<ResetForm token={token} />);
    if (token) await userEvent.type(await screen.findByLabelText("New password"), `${NEW}{Enter}`);
    expect(await screen.findByRole("alert")).toHaveTextContent(/expired|lacks its token/);
    expect(screen.getByRole("link", { name: "Ask for a new link" })).toHaveAttribute(
      "href",
      "/forgot-password",
    );
  });

  it("says whom to ask for another invitation", async () => {
    renderScreen(<JoinForm token="used" onJoined={vi.fn()} />);
    await userEvent.type(await screen.findByLabelText("Your name"), "Ravi");
    await userEvent.type(screen.getByLabelText("Password"), `${NEW}{Enter}`);
    expect(await screen.findByRole("alert")).toHaveTextContent(/Ask who invited you/);
  });
});

it("confirms an e-mail once, without a click", async () => {
  renderScreen(<VerifyEmail token="good" />);
  expect(await screen.findByText(/your e-mail is confirmed/)).toBeVisible();
  expect(identity.asked).toHaveLength(1);
});

it("makes an invited person a member, and signs them in", async () => {
  const onJoined = vi.fn();
  renderScreen(<JoinForm token="good" onJoined={onJoined} />);
  await userEvent.type(await screen.findByLabelText("Your name"), "Ravi Rao");
  await userEvent.type(screen.getByLabelText("Password"), `${NEW}{Enter}`);
  await waitFor(() => expect(onJoined).toHaveBeenCalledOnce());
  expect(useSession.getState().session?.user.name).toBe("Ravi Rao");
});
