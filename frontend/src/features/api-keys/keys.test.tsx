/** API keys: made with what the person may give, shown once, revoked. */
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { useSession } from "@/lib/api/session";
import { resetFake, session, state } from "@/test/fake/handlers";
import { identity } from "@/test/fake/identity";
import { renderScreen } from "@/test/render";
import { type KeyValues, keyProblems, keyRequest, networksOf, scopesFor } from "./key-values";
import { KeysScreen } from "./keys-screen";

beforeEach(() => {
  resetFake(true);
  useSession.setState({ status: "signed-in", session: session() });
});

it("tells of each key what it may, from where, until when and its last use", async () => {
  renderScreen(<KeysScreen />);
  const row = within(await screen.findByRole("list", { name: "API keys" }));
  expect(row.getByText("Contacts: see, change · Conversations: see")).toBeVisible();
  expect(row.getByText(/Last used .* ends /)).toBeVisible();
  expect(row.getByText("Only from 203.0.113.0/24")).toBeVisible();
});

it("makes a key and shows it once, which a stray Escape does not end", async () => {
  const user = userEvent.setup();
  renderScreen(<KeysScreen />);
  await user.click(await screen.findByRole("button", { name: "New key" }));
  await user.click(await screen.findByRole("button", { name: "Make the key" }));
  expect(screen.getByLabelText("Name")).toHaveAccessibleDescription(/Give the key a name/);
  await user.type(screen.getByLabelText("Name"), "Shop 2");
  await user.click(within(screen.getByRole("group", { name: "Media" })).getByLabelText("See"));
  await user.type(screen.getByLabelText("Only from these networks"), "198.51.100.0/24");
  await user.selectOptions(screen.getByLabelText("Ends"), "");
  await user.click(screen.getByRole("button", { name: "Make the key" }));
  expect(await screen.findByText("pk_abc_def_ghi")).toBeVisible();
  expect(identity.asked.at(-1)?.body).toEqual({
    name: "Shop 2",
    scopes: ["media:read"],
    networks: ["198.51.100.0/24"],
  });
  await user.keyboard("{Escape}");
  expect(await screen.findByRole("alert")).toHaveTextContent("Keep the key first");
  await user.click(screen.getByRole("button", { name: "Copy the key" }));
  expect(await navigator.clipboard.readText()).toBe("pk_abc_def_ghi");
  await user.click(screen.getByRole("button", { name: "I have kept it" }));
  expect(await screen.findByText("Shop 2")).toBeVisible();
  expect(screen.queryByText("pk_abc_def_ghi")).toBeNull();
});

it("revokes a key after a question", async () => {
  renderScreen(<KeysScreen />);
  await userEvent.click(await screen.findByRole("button", { name: "Revoke Web shop" }));
  await userEvent.click(await screen.findByRole("button", { name: "Revoke the key" }));
  expect(await screen.findByText("No API keys yet")).toBeVisible();
});

it("shows no button to who may only look", async () => {
  state.permissions = ["api_keys:read"];
  renderScreen(<KeysScreen />);
  await screen.findByRole("list", { name: "API keys" });
  expect(screen.queryByRole("button")).toBeNull();
});

describe("a new key's values", () => {
  const good: KeyValues = { name: " Shop ", scopes: new Set(["a:read"]), days: "30", networks: "" };

  it.each([
    [{}, {}],
    [{ name: " " }, { name: /name/ }],
    [{ scopes: new Set<string>() }, { scopes: /at least one/ }],
    [{ networks: "203.0.113.0/24, 2001:db8::/32" }, {}],
    [{ networks: "everywhere" }, { networks: /everywhere.*no network/ }],
    [{ networks: "10.0.0.0/8 ".repeat(21) }, { networks: /20 networks/ }],
  ])("%j are told what is wrong", (some, expected) => {
    const problems = keyProblems({ ...good, ...some });
    expect(Object.keys(problems)).toEqual(Object.keys(expected));
    for (const [name, words] of Object.entries(expected)) {
      expect(problems[name as keyof typeof problems]).toMatch(words as RegExp);
    }
  });

  it("become a request with a moment to end", () => {
    const now = new Date("2026-11-26T10:00:00Z");
    expect(keyRequest(good, now)).toEqual({
      name: "Shop",
      scopes: ["a:read"],
      networks: [],
      expires_at: "2026-12-26T10:00:00.000Z",
    });
    expect(keyRequest({ ...good, days: "" }, now)).not.toHaveProperty("expires_at");
  });

  it("offer no scope that no key can have", () => {
    expect(scopesFor(["users:read", "users:write", "tenant:write", "api_keys:write"])).toEqual([
      "users:read",
    ]);
  });

  it("read networks by line, comma or blank", () => {
    expect(networksOf(" 10.0.0.0/8\n10.1.0.0/16, ::1 ")).toEqual([
      "10.0.0.0/8",
      "10.1.0.0/16",
      "::1",
    ]);
  });
});
