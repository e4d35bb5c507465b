/** Signing in and signing up: each fault is said where it is. */
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { useSession } from "@/lib/api/session";
import { resetFake, state } from "@/test/fake/handlers";
import { renderApp, renderScreen } from "@/test/render";
import { server } from "@/test/server";
import { FinishRegistration } from "./finish-registration";
import { LoginForm } from "./login-form";
import { tokenOf } from "./mail-token";
import { RegisterForm } from "./register-form";

beforeEach(() => resetFake(false));

describe("signing in", () => {
  it("asks for what is missing, beside the field, before anything is sent", async () => {
    renderScreen(<LoginForm onSignedIn={vi.fn()} />);
    await userEvent.click(await screen.findByRole("button", { name: "Sign in" }));
    const email = await screen.findByRole("textbox", { name: "E-mail" });
    expect(email).toHaveAccessibleDescription("Enter your e-mail address.");
    expect(email).toBeInvalid();
    expect(email).toHaveFocus();
  });

  it("shows the API's own sentence for a wrong password", async () => {
    const onSignedIn = vi.fn();
    renderScreen(<LoginForm onSignedIn={onSignedIn} />);
    await userEvent.type(await screen.findByLabelText("E-mail"), "demo@parley.example");
    await userEvent.type(screen.getByLabelText("Password"), "no{Enter}");
    expect(await screen.findByRole("alert")).toHaveTextContent(
      "The e-mail or the password is wrong.",
    );
    expect(onSignedIn).not.toHaveBeenCalled();
  });

  it("says so when nothing answers, and can be tried again", async () => {
    server.use(http.post("*/api/auth/login", () => HttpResponse.error(), { once: true }));
    const onSignedIn = vi.fn();
    renderScreen(<LoginForm onSignedIn={onSignedIn} />);
    await userEvent.type(await screen.findByLabelText("E-mail"), "demo@parley.example");
    await userEvent.type(screen.getByLabelText("Password"), "parley-demo{Enter}");
    expect(await screen.findByRole("alert")).toHaveTextContent(/cannot be reached/);
    await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
    await waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce());
    expect(useSession.getState().session?.user.name).toBe("Meera Nair");
  });
});

describe("signing up", () => {
  async function fill(email: string): Promise<void> {
    renderApp(<RegisterForm />);
    await userEvent.type(screen.getByLabelText("Business name"), "Lotus Books");
    await userEvent.type(screen.getByLabelText("Your name"), "Meera");
    await userEvent.type(screen.getByLabelText("E-mail"), email);
    await userEvent.type(screen.getByLabelText("Password"), "long enough for you");
    await userEvent.click(screen.getByRole("button", { name: "Create account" }));
  }

  it("says where the mail went, and leads back to the form", async () => {
    await fill("meera@lotus.example");
    expect(await screen.findByRole("status")).toHaveTextContent(/meera@lotus\.example/);
    expect(state.isSignedIn).toBe(false);
    await userEvent.click(screen.getByRole("button", { name: "Back to the form" }));
    expect(screen.getByLabelText("E-mail")).toHaveValue("meera@lotus.example");
  });

  it("puts the API's field error beside its field", async () => {
    await fill("meera@nowhere.example");
    await waitFor(() =>
      expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription(/No mail can be sent/),
    );
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("refuses a password that bcrypt would cut off", async () => {
    renderApp(<RegisterForm />);
    await userEvent.type(screen.getByLabelText("Password"), "é".repeat(40));
    await userEvent.click(screen.getByRole("button", { name: "Create account" }));
    await waitFor(() =>
      expect(screen.getByLabelText("Password")).toHaveAccessibleDescription(/72 bytes/),
    );
  });
});

describe("the link of a sign-up's mail", () => {
  it("makes the business and signs its owner in, once", async () => {
    const onSignedIn = vi.fn();
    renderScreen(<FinishRegistration token="good" onSignedIn={onSignedIn} />);
    await waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce());
    expect(useSession.getState().session?.user.name).toBe("Meera Nair");
  });

  it.each([
    ["used", /expired or was used/],
    ["", /lacks its token/],
  ])("that is %j says what is wrong and where to go", async (token, words) => {
    renderScreen(<FinishRegistration token={token} onSignedIn={vi.fn()} />);
    expect(await screen.findByRole("alert")).toHaveTextContent(words);
    expect(screen.getByRole("link", { name: "Sign up once more" })).toBeVisible();
  });

  it("carries its token behind the #", () => {
    expect(tokenOf("#token=a-b_c")).toBe("a-b_c");
    expect(tokenOf("")).toBe("");
  });
});
