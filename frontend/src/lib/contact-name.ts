/** What to call a contact of whom perhaps little is known. */

interface Known {
  name: string | null;
  phone: string | null;
  username: string | null;
  bsuid: string | null;
}

/** A name, a phone, or, of somebody who hides the phone, what WhatsApp calls them. */
export function contactName({ name, phone, username, bsuid }: Known): string {
  return name || phone || (username ? `@${username}` : "") || bsuid || "Without a name";
}
