/** Some real contacts: for previews, and for the names of their fields and tags. */
import { queryOptions } from "@tanstack/react-query";
import { api, onPage, type Schemas, taken } from "./api/client";

type Contact = Schemas["ContactOut"];

export const sampleQuery = queryOptions({
  queryKey: ["contacts", "sample"],
  queryFn: ({ signal }) =>
    taken(api.GET("/api/contacts", { signal, params: { query: onPage(null, 100) } })),
});

/** What may fill a variable: `name`, `phone`, and the fields of these contacts. */
export function fieldsOf(contacts: readonly Contact[]): string[] {
  const own = new Set(contacts.flatMap((contact) => Object.keys(contact.fields)));
  return ["name", "phone", ...[...own].sort()];
}

export function tagsOf(contacts: readonly Contact[]): string[] {
  return [...new Set(contacts.flatMap((contact) => contact.tags))].sort();
}
