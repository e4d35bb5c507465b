/**
 * Messages on their way to the API, in the order in which they were sent.
 *
 *     the API says                         then
 *     201                                  the message is in the thread
 *     nothing, 5xx but 502 and 503, or     tried again with the same key, so that it goes out once;
 *     409 request_in_progress              after three tries it waits for "Try again"
 *     503                                  nothing happened: it waits for "Try again"
 *     502, or 409 request_interrupted      it may have gone out: the thread has it and tells its fate
 *     any other                            refused: the words go back to where they were written
 */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { create } from "zustand";
import { newKey } from "@/lib/api/idempotency";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";
import { type MessageBody, sendMessage } from "./api";

export interface Outgoing {
  key: string;
  contactId: string;
  body: MessageBody;
  /** What the thread shows meanwhile. */
  text: string;
  /** Why it waits for somebody to try again; null while it is being sent. */
  problem: string | null;
  onRefused: ((error: unknown) => void) | undefined;
}

export const useOutbox = create<{ items: readonly Outgoing[] }>()(() => ({ items: [] }));

export type Fate = "again" | "waits" | "unclear" | "refused";

/** What an error means for the message, see the table above. */
export function fateOf(error: unknown): Fate {
  if (!(error instanceof ApiProblem)) return "again";
  if (error.code === "request_in_progress") return "again";
  if (error.status === 503) return "waits";
  if (error.status === 502 || error.code === "request_interrupted") return "unclear";
  return error.status === 0 || error.status >= 500 ? "again" : "refused";
}

const PAUSES_MS = [1_000, 3_000];

function change(key: string, values: Partial<Outgoing> | null): void {
  useOutbox.setState(({ items }) => ({
    items: items.flatMap((item) =>
      item.key === key ? (values ? [{ ...item, ...values }] : []) : [item],
    ),
  }));
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

async function attempt(item: Outgoing, pauses: readonly number[]): Promise<unknown> {
  for (const ms of [...pauses, null]) {
    try {
      await sendMessage(item.contactId, item.body, item.key);
      return null;
    } catch (error) {
      if (fateOf(error) !== "again" || ms === null) return error;
      await pause(ms);
    }
  }
  return null;
}

/** Sends one message to its end; whoever waits may be gone by then. */
export async function deliver(
  queries: QueryClient,
  item: Outgoing,
  pauses: readonly number[] = PAUSES_MS,
): Promise<void> {
  const error = await attempt(item, pauses);
  const fate = error === null ? null : fateOf(error);
  if (fate === "again" || fate === "waits") {
    change(item.key, { problem: sentenceOf(error) });
    return;
  }
  // First the thread, then the outbox: between the two the message would not be seen.
  await queries.invalidateQueries({ queryKey: ["conversations"] });
  change(item.key, null);
  if (fate === "refused" || fate === "unclear") item.onRefused?.(error);
}

export interface Outbox {
  items: readonly Outgoing[];
  /** Sends, and says by `onRefused` if the message will not go out as it is. */
  send: (body: MessageBody, text: string, onRefused?: (error: unknown) => void) => void;
  retry: (item: Outgoing) => void;
  discard: (item: Outgoing) => void;
}

export function useOutboxOf(contactId: string): Outbox {
  const queries = useQueryClient();
  const all = useOutbox((state) => state.items);
  return {
    items: all.filter((item) => item.contactId === contactId),
    send(body, text, onRefused) {
      const item = { key: newKey(), contactId, body, text, problem: null, onRefused };
      useOutbox.setState(({ items }) => ({ items: [...items, item] }));
      void deliver(queries, item);
    },
    retry(item) {
      change(item.key, { problem: null });
      void deliver(queries, item);
    },
    discard: (item) => change(item.key, null),
  };
}
