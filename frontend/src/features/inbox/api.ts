/** Conversations, their messages and files, as queries and actions. */
import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, onPage, type Schemas, taken } from "@/lib/api/client";
import { contactName } from "@/lib/contact-name";

export type Conversation = Schemas["ConversationOut"];
export type Message = Schemas["MessageOut"];
export type MessageBody = Schemas["MessageSend"];
export type Template = Schemas["TemplateOut"];
export type Folder = Conversation["state"];
/** Whose conversations a list shows. */
export type Whose = "all" | "me" | "nobody";

const POLL_MS = 3_000;
const PENDING_FILE_MS = 3_000;
/** Addresses of files are good for 15 minutes; a picture in sight is asked for again before. */
const FILE_STALE_MS = 12 * 60_000;

/** Who this is. */
export function nameOf(
  one: Pick<Conversation, "contact_name" | "contact_phone" | "contact_username" | "contact_bsuid">,
): string {
  return contactName({
    name: one.contact_name,
    phone: one.contact_phone,
    username: one.contact_username,
    bsuid: one.contact_bsuid,
  });
}

/** What else is known of them, for the line below the name. */
export function addressOf(one: Conversation): string | null {
  const username = one.contact_username && `@${one.contact_username}`;
  const known = one.contact_phone ?? username ?? one.contact_bsuid;
  return known === nameOf(one) ? null : known;
}

export const conversationsQuery = (state: Folder, whose: Whose) =>
  infiniteQueryOptions({
    queryKey: ["conversations", "list", state, whose],
    queryFn: ({ pageParam, signal }) =>
      taken(
        api.GET("/api/conversations", {
          signal,
          params: {
            query: { ...onPage(pageParam), state, ...(whose !== "all" && { assignee: whose }) },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: 0,
    refetchInterval: POLL_MS,
  });

/** The team, of whom a conversation can be somebody's. */
export const teamQuery = queryOptions({
  queryKey: ["users", "all"],
  queryFn: async ({ signal }) => {
    const all: Schemas["UserOut"][] = [];
    let cursor: string | null = null;
    do {
      const page: Schemas["UserList"] = await taken(
        api.GET("/api/users", { signal, params: { query: onPage(cursor, 200) } }),
      );
      all.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return all.sort((a, b) => a.name.localeCompare(b.name));
  },
  staleTime: 5 * 60_000,
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

/** The file of a message, with addresses that soon expire; asked anew when its state changes. */
export const fileQuery = (contactId: string, message: Pick<Message, "id" | "media">) =>
  queryOptions({
    queryKey: ["files", contactId, message.id, message.media?.state],
    queryFn: ({ signal }) =>
      taken(
        api.GET("/api/conversations/{contact_id}/messages/{message_id}/media", {
          signal,
          params: { path: { contact_id: contactId, message_id: message.id } },
        }),
      ),
    staleTime: FILE_STALE_MS,
    refetchInterval: ({ state }) =>
      state.data?.state === "pending" ? PENDING_FILE_MS : FILE_STALE_MS,
  });

export function useFetchFile(contactId: string, messageId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      taken(
        api.POST("/api/conversations/{contact_id}/messages/{message_id}/media", {
          params: { path: { contact_id: contactId, message_id: messageId } },
        }),
      ),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["files", contactId, messageId] }),
        queries.invalidateQueries({ queryKey: messagesQuery(contactId).queryKey }),
      ]),
  });
}

/** The approved templates of the account of the number that sends, page by page. */
export const sendableTemplatesQuery = (numberId: string | null) =>
  queryOptions({
    queryKey: ["templates", "sendable", numberId],
    queryFn: async ({ signal }) => {
      const all: Template[] = [];
      let cursor: string | null = null;
      do {
        const page: Schemas["TemplateList"] = await taken(
          api.GET("/api/templates", {
            signal,
            params: {
              query: {
                ...onPage(cursor, 200),
                status: "APPROVED",
                ...(numberId && { number_id: numberId }),
              },
            },
          }),
        );
        all.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor !== null);
      return all.sort((a, b) => a.name.localeCompare(b.name));
    },
    staleTime: 5 * 60_000,
  });

export const numbersQuery = queryOptions({
  queryKey: ["numbers"],
  queryFn: ({ signal }) => taken(api.GET("/api/numbers", { signal })),
});

/** Oldest first, each message once: a page border may move while pages are being read. */
export function inReadingOrder(pages: readonly { items: readonly Message[] }[]): Message[] {
  const seen = new Map<string, Message>();
  for (const page of pages) {
    for (const message of page.items) if (!seen.has(message.id)) seen.set(message.id, message);
  }
  return [...seen.values()].reverse();
}

export function sendMessage(contactId: string, body: MessageBody, key: string): Promise<Message> {
  return taken(
    api.POST("/api/conversations/{contact_id}/messages", {
      params: { path: { contact_id: contactId }, header: { "Idempotency-Key": key } },
      body,
    }),
  );
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

/** Tells WhatsApp that the messages were read; `typing` also that somebody writes. */
export function tellRead(contactId: string, typing: boolean): Promise<Conversation> {
  return taken(
    api.POST("/api/conversations/{contact_id}/read", {
      params: { path: { contact_id: contactId } },
      body: { typing },
    }),
  );
}

/** Marks as read, in WhatsApp too; where that is refused, at least for the team. */
export function useMarkRead(contactId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      tellRead(contactId, false).catch(() =>
        taken(
          api.PATCH("/api/conversations/{contact_id}", {
            params: { path: { contact_id: contactId } },
            body: { unread: 0 },
          }),
        ),
      ),
    onSuccess: (conversation) => {
      queries.setQueryData(conversationQuery(contactId).queryKey, conversation);
      return queries.invalidateQueries({ queryKey: ["conversations", "list"] });
    },
  });
}
