/** Numbers: what is wrong and what to do is in sight, and each form says its faults beside them. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { startSession } from "@/lib/api/session";
import { resetFake, session, state } from "@/test/fake/handlers";
import { createProfile, numberOf } from "@/test/fake/number-rows";
import { idOf } from "@/test/fake/people";
import { renderScreen } from "@/test/render";
import { server } from "@/test/server";
import { ConnectForm } from "./connect-form";
import { ConnectScreen } from "./connect-screen";
import { NumberScreen } from "./detail-screen";
import { NumberListScreen } from "./list-screen";
import { changesOf, valuesOf } from "./profile-values";
import { allowanceWords, nameWords, tierWords } from "./words";

beforeEach(() => {
  resetFake(true);
  startSession(session());
});

describe("the list", () => {
  it("says which number cannot send, why, and where to mend it", async () => {
    renderScreen(<NumberListScreen />);
    const [works, refused] = within(
      await screen.findByRole("list", { name: "Numbers" }),
    ).getAllByRole("listitem");
    expect(works).toHaveTextContent("Works");
    expect(refused).toHaveTextContent(/Cannot send.*refuses the number's access token/);
    expect(refused).toHaveTextContent("1 more thing on its page");
    const again = within(refused as HTMLElement).getByRole("link", { name: "Connect again" });
    expect(again).toHaveAttribute("href", expect.stringContaining("106540352242922"));
  });

  it("tells what Meta reported of the account, with the next step", async () => {
    renderScreen(<NumberListScreen />);
    expect(await screen.findByText(/No phone number may be added/)).toBeVisible();
    expect(screen.getByText(/Wait until the restriction ends/)).toBeVisible();
  });

  it("begins with connecting one", async () => {
    state.db.numbers = [];
    state.db.accounts = [];
    renderScreen(<NumberListScreen />);
    expect(await screen.findByRole("link", { name: "Connect a number" })).toBeVisible();
  });

  it("can be tried again when it cannot be loaded", async () => {
    server.use(http.get("*/api/accounts", () => HttpResponse.error(), { once: true }));
    renderScreen(<NumberListScreen />);
    await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("list", { name: "Numbers" })).toBeVisible();
  });
});

describe("connecting with a token", () => {
  it("takes ids only, and says what they are", async () => {
    renderScreen(<ConnectForm first={{}} onConnected={vi.fn()} />);
    await userEvent.type(await screen.findByLabelText("Phone number id"), "+1 555 010");
    await userEvent.click(screen.getByRole("button", { name: "Connect" }));
    await waitFor(() =>
      expect(screen.getByLabelText("Phone number id")).toHaveAccessibleDescription(
        /not the phone number/,
      ),
    );
    expect(screen.getByLabelText("Access token")).toHaveAccessibleDescription(/Enter the access/);
  });

  it("puts Meta's refusal beside the token, and goes on when it is right", async () => {
    const onConnected = vi.fn();
    renderScreen(
      <ConnectForm
        first={{ phone_number_id: "12345678", waba_id: "222222" }}
        {...{ onConnected }}
      />,
    );
    const token = await screen.findByLabelText("Access token");
    await userEvent.type(token, "expired{Enter}");
    await waitFor(() => expect(token).toHaveAccessibleDescription(/Session has expired/));
    await userEvent.clear(token);
    await userEvent.type(token, "EAAnew{Enter}");
    await waitFor(() => expect(onConnected).toHaveBeenCalledOnce());
  });

  it("says so where Embedded Signup is not set up, and leaves the other way", async () => {
    renderScreen(<ConnectScreen first={{}} />);
    expect(await screen.findByText(/This is not set up here/)).toBeVisible();
    expect(screen.getByRole("button", { name: "Connect" })).toBeEnabled();
  });
});

describe("one number", () => {
  function unregistered() {
    const setup = [
      { step: "subscribe", state: "done", at: null, code: null, error: null },
      { step: "register", state: "failed", at: null, code: 133005, error: "The PIN is wrong." },
    ] as const;
    state.db.numbers = [numberOf(1, { setup: [...setup], state: "red", status: "PENDING" })];
  }

  it("goes on with its setup, and shows the PIN that was made up, once", async () => {
    unregistered();
    renderScreen(<NumberScreen id={idOf("num", 1)} />);
    expect(await screen.findByText("The PIN is wrong. (133005)")).toBeVisible();
    await userEvent.click(await screen.findByRole("button", { name: "Go on with the setup" }));
    expect(await screen.findByText("482913")).toBeVisible();
  });

  it("puts a wrong PIN beside its field", async () => {
    unregistered();
    renderScreen(<NumberScreen id={idOf("num", 1)} />);
    const pin = await screen.findByLabelText("PIN of two-step verification");
    await userEvent.type(pin, "12{Enter}");
    await waitFor(() => expect(pin).toHaveAccessibleDescription(/six digits/));
    await userEvent.clear(pin);
    await userEvent.type(pin, "000000{Enter}");
    await waitFor(() => expect(pin).toHaveAccessibleDescription(/not the number's/));
  });

  it("changes of its profile only what was changed", async () => {
    const bodies: unknown[] = [];
    server.use(
      http.patch("*/api/numbers/:id/profile", async ({ request }) => {
        bodies.push(await request.json());
        return HttpResponse.json({ ...createProfile(), description: "Old and new books" });
      }),
    );
    renderScreen(<NumberScreen id={idOf("num", 1)} />);
    const save = await screen.findByRole("button", { name: "Save the profile" });
    expect(save).toBeDisabled();
    await userEvent.type(screen.getByLabelText("Description"), "Old and new books");
    await userEvent.click(save);
    await waitFor(() => expect(bodies).toEqual([{ description: "Old and new books" }]));
    await waitFor(() => expect(save).toBeDisabled());
  });

  it("is disconnected only after a question", async () => {
    renderScreen(<NumberScreen id={idOf("num", 1)} />);
    await userEvent.click(await screen.findByRole("button", { name: "Disconnect" }));
    await userEvent.keyboard("{Escape}");
    expect(state.db.numbers).toHaveLength(2);
    await userEvent.click(screen.getByRole("button", { name: "Disconnect" }));
    await userEvent.click(screen.getByRole("button", { name: "Disconnect it" }));
    await waitFor(() => expect(state.db.numbers).toHaveLength(1));
  });

  it("is only looked at by who may not change it", async () => {
    server.use(
      http.get("*/api/auth/me", () =>
        HttpResponse.json({
          user: session().user,
          tenant: session().tenant,
          permissions: ["numbers:read"],
        }),
      ),
    );
    renderScreen(<NumberScreen id={idOf("num", 1)} />);
    expect(await screen.findByText("Books since 1984")).toBeVisible();
    expect(screen.queryByRole("button")).not.toBeInTheDocument();
  });
});

describe("a profile", () => {
  const profile = createProfile();

  it("that was not touched has no changes", () => {
    expect(changesOf(profile, valuesOf(profile))).toBeNull();
  });

  it("hands both websites over when one changes, without the empty", () => {
    const values = { ...valuesOf(profile), website1: "", website2: "https://b.example" };
    expect(changesOf(profile, values)).toEqual({ websites: ["https://b.example"] });
  });
});

it("has words for Meta's, and shows what is new as it came", () => {
  expect(tierWords("TIER_1K")).toBe("1,000 people a day");
  expect(tierWords("TIER_9M")).toBe("Tier 9m");
  expect(tierWords(null)).toBe("Not told by Meta yet");
  expect(nameWords("DECLINED")).toBe("Declined");
  expect(nameWords("SOME_NEW")).toBe("Some new");
  expect(allowanceWords({ limit: 1000, used: 120, remaining: 880 })).toBe("880 of 1,000");
  expect(allowanceWords({ limit: null, used: 5, remaining: null })).toBe("No limit");
  expect(allowanceWords(null)).toBe("Not known");
});
