/** Signing in with a second factor: the code is asked for after the password, and each fault is said. */
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it, vi } from "vitest";
import { useSession } from "@/lib/api/session";
import { problem, resetFake } from "@/test/fake/handlers";
import { CODE, identity } from "@/test/fake/identity";
import { renderScreen } from "@/test/render";
import { server } from "@/test/server";
import { LoginForm } from "./login-form";

beforeEach(() => {
  resetFake(false);
  useSession.setState({ status: "signed-out", session: null });
  identity.user.has_second_factor = true;
});

async function toTheCode() {
  const onSignedIn = vi.fn();
  renderScreen(<LoginForm onSignedIn={onSignedIn} />);
  await userEvent.type(await screen.findByLabelText("E-mail"), "demo@parley.example");
  await userEvent.type(screen.getByLabelText("Password"), "parley-demo{Enter}");
  await screen.findByLabelText("Code of your authenticator app");
  return onSignedIn;
}

it("takes the code after the password, with blanks as the app shows it", async () => {
  const onSignedIn = await toTheCode();
  const box = screen.getByLabelText("Code of your authenticator app");
  expect(box).toHaveFocus();
  await userEvent.type(box, `${CODE.slice(0, 3)} ${CODE.slice(3)}{Enter}`);
  await waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce());
});

it("says beside the box that a code is wrong, and lets another be tried", async () => {
  const onSignedIn = await toTheCode();
  const box = screen.getByLabelText("Code of your authenticator app");
  await userEvent.type(box, "000000{Enter}");
  await waitFor(() => expect(box).toHaveAccessibleDescription(/wrong, or was used before/));
  expect(onSignedIn).not.toHaveBeenCalled();
  await userEvent.clear(box);
  await userEvent.type(box, `${CODE}{Enter}`);
  await waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce());
});

it("takes a recovery code instead", async () => {
  await toTheCode();
  const codes: unknown[] = [];
  server.use(
    http.post("*/api/auth/login", async ({ request }) => {
      codes.push(((await request.json()) as { code: string }).code);
      return problem(401, "wrong_code", "The code is wrong.");
    }),
  );
  await userEvent.click(screen.getByRole("button", { name: "Use a recovery code instead" }));
  await userEvent.type(screen.getByLabelText("Recovery code"), "k3f9-x2mv-q7da-1000{Enter}");
  await waitFor(() => expect(codes).toEqual(["k3f9-x2mv-q7da-1000"]));
});

it("says how long to wait after too many attempts", async () => {
  await toTheCode();
  server.use(
    http.post("*/api/auth/login", () =>
      problem(429, "too_many_requests", "Too many attempts; try again in 15 minutes."),
    ),
  );
  await userEvent.type(screen.getByLabelText("Code of your authenticator app"), "111111{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("try again in 15 minutes");
});

it("leads back to the form, without the password", async () => {
  await toTheCode();
  await userEvent.click(screen.getByRole("button", { name: "Back" }));
  expect(screen.getByLabelText("E-mail")).toHaveValue("demo@parley.example");
  expect(screen.getByLabelText("Password")).toHaveValue("");
});

it("says so when nothing answers", async () => {
  await toTheCode();
  server.use(http.post("*/api/auth/login", () => HttpResponse.error()));
  await userEvent.type(screen.getByLabelText("Code of your authenticator app"), "111111{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent(/cannot be reached/);
});
