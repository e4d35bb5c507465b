/** A template's text as one contact would read it; the server's rendering is what is sent. */
import type { Contact, Template } from "./api";

export interface Filling {
  key: string;
  /** Of the imported file; its values are not known here. */
  column?: string;
  field: string;
  fallback: string;
}

/** The value of one variable for a contact: its column's name, its field, the fallback, else null. */
export function valueFor(contact: Contact | undefined, filling: Filling): string | null {
  if (filling.column) return `‹${filling.column}›`;
  let found = "";
  if (filling.field === "name") found = contact?.name ?? "";
  else if (filling.field === "phone") found = contact?.phone ?? "";
  else if (filling.field) found = contact?.fields[filling.field] ?? "";
  return found.trim() || filling.fallback.trim() || null;
}

export interface Piece {
  text: string;
  kind: "text" | "filled" | "missing";
}

/** Cuts a template's text at its variables and fills them; `part` is header or body. */
export function fill(
  text: string,
  part: "header" | "body",
  fillings: readonly Filling[],
  contact: Contact | undefined,
): Piece[] {
  return text
    .split(/(\{\{\s*\w+\s*\}\})/)
    .filter((piece) => piece !== "")
    .map((piece): Piece => {
      const name = /^\{\{\s*(\w+)\s*\}\}$/.exec(piece)?.[1];
      if (!name) return { text: piece, kind: "text" };
      const filling = fillings.find((one) => one.key === `${part}.${name}`);
      const value = filling ? valueFor(contact, filling) : null;
      return value === null ? { text: piece, kind: "missing" } : { text: value, kind: "filled" };
    });
}

/** Whether the contact would be skipped because a variable has nothing to say. */
export function isMissing(fillings: readonly Filling[], contact: Contact | undefined): boolean {
  return fillings.some((filling) => valueFor(contact, filling) === null);
}

export type TemplateChoice = Pick<Template, "header" | "body" | "preview">;
