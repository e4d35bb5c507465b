/** Embedded Signup: whose words are believed, and what becomes of each end. */
import { describe, expect, it, vi } from "vitest";
import type { SignupConfig } from "./api";
import { loadSdk, readWords, runSignup, toRequest } from "./signup";

const FINISH = {
  type: "WA_EMBEDDED_SIGNUP",
  event: "FINISH",
  version: "4",
  data: { phone_number_id: "3001", waba_id: "2001", business_id: "4001", page_ids: ["1"] },
};
const CONFIG: SignupConfig = {
  is_available: true,
  app_id: "1",
  config_id: "2",
  graph_version: "v26.0",
};

describe("the window's words", () => {
  it.each(["https://www.facebook.com", "https://business.facebook.com", "https://facebook.com"])(
    "are believed from %s, as an object or as JSON",
    (origin) => {
      const read = readWords(origin, FINISH);
      expect(read?.data).toEqual({
        phone_number_id: "3001",
        waba_id: "2001",
        business_id: "4001",
      });
      expect(readWords(origin, JSON.stringify(FINISH))).toEqual(read);
    },
  );

  it.each([
    ["https://evilfacebook.com", FINISH],
    ["https://facebook.com.evil.example", FINISH],
    ["http://www.facebook.com", FINISH],
    ["https://www.facebook.com", "cb=f123"],
    ["https://www.facebook.com", { ...FINISH, type: "OTHER" }],
    ["https://www.facebook.com", { ...FINISH, event: "SOMETHING" }],
    ["https://www.facebook.com", null],
  ])("from %s are not taken for a signup", (origin, message) => {
    expect(readWords(origin, message)).toBeNull();
  });
});

describe("the request", () => {
  const words = readWords("https://www.facebook.com", FINISH);

  it("has the ids and the code", () => {
    expect(toRequest(words, "c0de")).toEqual({
      event: "FINISH",
      code: "c0de",
      phone_number_id: "3001",
      waba_id: "2001",
      business_id: "4001",
    });
  });

  it("without a code is a cancellation, with the step where it ended", () => {
    const cancelled = readWords("https://www.facebook.com", {
      type: "WA_EMBEDDED_SIGNUP",
      event: "CANCEL",
      data: { current_step: "PHONE_NUMBER_SETUP" },
    });
    expect(toRequest(cancelled, undefined)).toEqual({
      event: "CANCEL",
      current_step: "PHONE_NUMBER_SETUP",
    });
    expect(toRequest(null, undefined)).toEqual({ event: "CANCEL" });
  });

  it("with a code but no words lets the API find the account", () => {
    expect(toRequest(null, "c0de")).toEqual({ event: "FINISH", code: "c0de" });
  });
});

it("puts together what the window and the callback say, and listens no longer than that", async () => {
  const gone = vi.spyOn(window, "removeEventListener");
  const sdk = {
    init: vi.fn(),
    login: (callback: (answer: { authResponse: { code: string } }) => void) => {
      const event = new MessageEvent("message", {
        data: FINISH,
        origin: "https://www.facebook.com",
      });
      window.dispatchEvent(event);
      callback({ authResponse: { code: "c0de" } });
    },
  };
  const request = await runSignup(sdk, CONFIG);
  expect(request).toMatchObject({ event: "FINISH", waba_id: "2001", code: "c0de" });
  expect(gone).toHaveBeenCalledWith("message", expect.anything());
});

it("says what to do when the SDK cannot be reached, and can be tried again", async () => {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const loading = loadSdk(CONFIG);
    const script = document.head.querySelector("script[src*=facebook]");
    script?.dispatchEvent(new Event("error"));
    await expect(loading).rejects.toThrow(/connect with an access token/);
    expect(document.head.querySelector("script[src*=facebook]")).toBeNull();
  }
});
