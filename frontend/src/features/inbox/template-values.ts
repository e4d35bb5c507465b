/** The variables of a template in the picker: their names, first guesses, and the text they make. */
import { humanise } from "@/lib/format";
import type { Template } from "./api";

const PARTS: Record<string, string> = {
  header: "Header",
  body: "Text",
  button: "Button",
  offer: "Offer",
};

/** `body.1` → `Text {{1}}`, `header.media` → `Header: media`, `card.0.body.1` → `Card 1, text {{1}}`. */
export function variableName(key: string): string {
  const parts = key.split(".");
  const card = parts[0] === "card" ? parts.splice(0, 2) : null;
  const [part = "", name = ""] = parts;
  const label = PARTS[part] ?? humanise(part);
  const text =
    part === "header" || part === "body"
      ? /^(media|location|product)$/.test(name)
        ? `${label}: ${name}`
        : `${label} {{${name}}}`
      : /^\d+$/.test(name)
        ? `${label} ${Number(name) + 1}`
        : `${label}: ${humanise(name).toLowerCase()}`;
  return card
    ? `Card ${Number(card[1]) + 1}, ${text.charAt(0).toLowerCase()}${text.slice(1)}`
    : text;
}

/** A name is what the first variable of a text nearly always is. */
export function firstValues(
  template: Pick<Template, "variables">,
  contactName: string,
): Record<string, string> {
  const first = contactName.trim().split(/\s+/)[0] ?? "";
  return Object.fromEntries(template.variables.map((key) => [key, key === "body.1" ? first : ""]));
}

/** A text of the template with its values; a variable without one stays as it is written. */
export function fillText(
  text: string,
  part: "header" | "body",
  values: Readonly<Record<string, string>>,
): string {
  return text.replace(
    /\{\{\s*(\w+)\s*\}\}/g,
    (whole, name: string) => values[`${part}.${name}`]?.trim() || whole,
  );
}
