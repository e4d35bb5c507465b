/** The rules go through their form unchanged, wrong ones are told, and only owners change them. */
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { startSession } from "@/lib/api/session";
import { TENANT, USER } from "@/test/fake/base";
import { resetFake, session, state } from "@/test/fake/handlers";
import { renderScreen } from "@/test/render";
import { server } from "@/test/server";
import type { Rules } from "./api";
import { RulesScreen } from "./rules-screen";
import { rulesProblems, rulesRequest, rulesValues } from "./rules-values";

const NONE: Rules = {
  time_zone: null,
  failure_share_percent: 20,
  frequency_cap: null,
  quiet_hours: null,
};

describe("the form", () => {
  it.each<Rules>([
    NONE,
    {
      time_zone: "Europe/Berlin",
      failure_share_percent: 1,
      frequency_cap: { messages: 3, days: 14 },
      quiet_hours: { start: "20:30", end: "09:00" },
    },
  ])("keeps %j", (rules) => {
    const values = rulesValues(rules);
    expect(rulesProblems(values)).toEqual({});
    expect(rulesRequest(values)).toEqual(rules);
  });

  it("checks what is switched on, and leaves the rest", () => {
    const wrong = { start: "8", end: "", messages: "0", days: "91" };
    const values = { ...rulesValues(NONE), ...wrong };
    expect(rulesProblems(values)).toEqual({});
    const found = rulesProblems({ ...values, isQuiet: true, isCapped: true });
    expect(Object.keys(found).sort()).toEqual(["days", "end", "messages", "start"]);
    expect(rulesProblems({ ...values, timeZone: "Berlin" })).toHaveProperty("timeZone");
    expect(rulesProblems({ ...values, failurePercent: "101" })).toHaveProperty("failurePercent");
    const same = { ...rulesValues(NONE), isQuiet: true, start: "08:00", end: "08:00" };
    expect(rulesProblems(same).end).toMatch(/must differ/);
  });
});

describe("the screen", () => {
  beforeEach(() => {
    resetFake(true);
    startSession(session());
  });

  it("saves a cap", async () => {
    renderScreen(<RulesScreen />);
    await userEvent.click(await screen.findByRole("checkbox", { name: /Limit the marketing/ }));
    const box = screen.getByRole("textbox", { name: "At most messages" });
    await userEvent.clear(box);
    await userEvent.click(screen.getByRole("button", { name: "Save the rules" }));
    expect(await screen.findByText("Write a whole number from 1 to 20.")).toBeVisible();
    await userEvent.type(box, "4");
    await userEvent.click(screen.getByRole("button", { name: "Save the rules" }));
    await waitFor(() => expect(state.db.rules.frequency_cap).toEqual({ messages: 4, days: 7 }));
    expect(state.db.rules.time_zone).toBe("Asia/Kolkata");
  });

  it("shows them to others without letting them be changed", async () => {
    server.use(
      http.get("*/api/auth/me", () =>
        HttpResponse.json({ user: USER, tenant: TENANT, permissions: ["campaigns:read"] }),
      ),
    );
    renderScreen(<RulesScreen />);
    expect(
      await screen.findByText("Your role may not change the rules. Ask an owner."),
    ).toBeVisible();
    expect(screen.getByRole("combobox", { name: "Of your business" })).toBeDisabled();
    expect(screen.queryByRole("button", { name: "Save the rules" })).not.toBeInTheDocument();
  });
});
