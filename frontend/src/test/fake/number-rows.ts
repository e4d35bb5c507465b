/** Numbers and accounts of the fake: one that works, one whose token Meta refuses. */
import type { Schemas } from "@/lib/api/client";
import { idOf } from "./people";

export type NumberRow = Schemas["NumberOut"];

const DAY_MS = 86_400_000;
const WABA_ID = "102290129340398";

export function numberOf(seed: number, values: Partial<NumberRow>): NumberRow {
  return {
    id: idOf("num", seed),
    phone_number_id: `10654035224292${seed}`,
    waba_id: WABA_ID,
    display_phone_number: `+1 555 078 388${seed}`,
    verified_name: "Lotus Books",
    quality_rating: "GREEN",
    throughput_level: "STANDARD",
    messages_per_s: 80,
    messaging_limit: "TIER_1K",
    status: "CONNECTED",
    name_status: "APPROVED",
    is_on_biz_app: false,
    username: null,
    state: "green",
    problems: [],
    setup: [
      { step: "subscribe", state: "done", at: null, code: null, error: null },
      { step: "register", state: "done", at: null, code: null, error: null },
    ],
    health: null,
    token_error: null,
    asked_at: new Date().toISOString(),
    connected_at: new Date(Date.now() - 6 * DAY_MS).toISOString(),
    disconnected_at: null,
    ...values,
  };
}

export function createNumbers(): NumberRow[] {
  return [
    numberOf(1, {}),
    numberOf(2, {
      verified_name: "Lotus Books Wholesale",
      quality_rating: "YELLOW",
      state: "red",
      token_error: "Session has expired",
      problems: [
        {
          source: "token",
          severity: "red",
          code: 190,
          text: "Meta refuses the number's access token: Session has expired",
          next_step: "Connect the number again, by Embedded Signup or with a new access token.",
        },
        {
          source: "quality",
          severity: "yellow",
          code: null,
          text: "Customers block or report messages of this number: its quality is medium.",
          next_step: "Write less, and only to people who expect it.",
        },
      ],
    }),
  ];
}

export function createAccounts(): Schemas["AccountOut"][] {
  return [
    {
      waba_id: WABA_ID,
      business_id: "1",
      name: "Lotus Books",
      currency: "INR",
      timezone_id: "71",
      country: "IN",
      state: "yellow",
      notices: [
        {
          matter: "restrictions",
          severity: "yellow",
          text: "No phone number may be added.",
          next_step: "Wait until the restriction ends.",
          at: new Date(Date.now() - DAY_MS).toISOString(),
        },
      ],
      health: null,
      reports: {},
      has_token: false,
      created_at: new Date(Date.now() - 6 * DAY_MS).toISOString(),
      disconnected_at: null,
    },
  ];
}

export function createProfile(): Schemas["ProfileOut"] {
  return {
    about: "Books since 1984",
    address: "",
    description: "",
    email: "",
    vertical: "RETAIL",
    websites: ["https://lotus.example"],
    picture_url: null,
  };
}
