/** A message as the API tells it: what a test does not care about is empty. */
import type { Schemas } from "@/lib/api/client";

export function messageOf(values: Partial<Schemas["MessageOut"]>): Schemas["MessageOut"] {
  return {
    id: "msg_1",
    direction: "out",
    type: "text",
    text: "Hello",
    content: null,
    media: null,
    quoted: null,
    reactions: [],
    state: null,
    error_code: null,
    error: null,
    failure: null,
    campaign_id: null,
    sent_by: null,
    category: null,
    pricing: null,
    at: new Date().toISOString(),
    accepted_at: null,
    sent_at: null,
    delivered_at: null,
    read_at: null,
    failed_at: null,
    edited_at: null,
    revoked_at: null,
    is_test: false,
    ...values,
  };
}
