/** Conversations and their messages, as queries and actions. */
import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, onPage, type Schemas, taken } from "@/lib/api/client";

export type Conversation = Schemas["ConversationOut"];
export type Message = Schemas["MessageOut"];
export type Folder = Conversation["state"];

const POLL_MS = 3_000;

export const conversationsQuery = (state: Folder) =>
  infiniteQueryOptions({
    queryKey: ["conversations", "list", state],
    queryFn: ({ pageParam, signal }) =>
      taken(
        api.GET("/api/conversations", {
          signal,
          params: { query: { ...onPage(pageParam), state } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: 0,
    refetchInterval: POLL_MS,
  });

export const conversationQuery = (contactId: string) =>
  queryOptions({
    queryKey: ["conversations", "one", contactId],
    queryFn: ({ signal }) =>
      taken(
        api.GET("/api/conversations/{contact_id}", {
          signal,
          params: { path: { contact_id: contactId } },
        }),
      ),
    staleTime: 0,
    refetchInterval: POLL_MS,
  });

export const messagesQuery = (contactId: string) =>
  infiniteQueryOptions({
    queryKey: ["conversations", "messages", contactId],
    queryFn: ({ pageParam, signal }) =>
      taken(
        api.GET("/api/conversations/{contact_id}/messages", {
          signal,
          params: { path: { contact_id: contactId }, query: onPage(pageParam) },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: 0,
    refetchInterval: POLL_MS,
  });

/** Oldest first, each message once: a page border may move while pages are being read. */
export function inReadingOrder(pages: readonly { items: readonly Message[] }[]): Message[] {
  const seen = new Map<string, Message>();
  for (const page of pages) {
    for (const message of page.items) if (!seen.has(message.id)) seen.set(message.id, message);
  }
  return [...seen.values()].reverse();
}

export function useSendMessage(contactId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (text: string) =>
      taken(
        api.POST("/api/conversations/{contact_id}/messages", {
          params: { path: { contact_id: contactId } },
          body: { type: "text", text: { body: text } },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ["conversations"] }),
  });
}

export function useUpdateConversation(contactId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["ConversationUpdate"]) =>
      taken(
        api.PATCH("/api/conversations/{contact_id}", {
          params: { path: { contact_id: contactId } },
          body,
        }),
      ),
    onSuccess: (conversation) => {
      queries.setQueryData(conversationQuery(contactId).queryKey, conversation);
      return queries.invalidateQueries({ queryKey: ["conversations", "list"] });
    },
  });
}
