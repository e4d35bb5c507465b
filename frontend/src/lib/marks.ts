/** WhatsApp's own marks in a text: *bold*, _italic_, ~struck~, `code` and ```mono```, as a tree. */

export type Mark = "bold" | "italic" | "struck" | "mono";
export type MarkedText = string | { mark: Mark; parts: MarkedText[] };

const MARKS: Record<string, Mark> = { "*": "bold", _: "italic", "~": "struck", "`": "mono" };

// A mark opens before a word and closes after one, on one line; letters and digits beside it outside
// make it an ordinary character, so that snake_case and 2*3*4 stay as they are.
const PATTERN =
  /```([\s\S]+?)```|(?<![\p{L}\p{N}])([*_~`])(?!\s)((?:(?!\2)[^\n])*?\S)\2(?![\p{L}\p{N}])/u;

/** Cuts `text` at its marks; a mark that is not closed stays as it is written. */
export function readMarks(text: string): MarkedText[] {
  const found = PATTERN.exec(text);
  if (!found) return text === "" ? [] : [text];
  const [whole, mono, sign, inner = ""] = found;
  const before = text.slice(0, found.index);
  const after = readMarks(text.slice(found.index + whole.length));
  const mark = mono === undefined ? MARKS[sign ?? ""] : "mono";
  const parts = mark === "mono" || !mark ? [mono ?? inner] : readMarks(inner);
  return [...(before === "" ? [] : [before]), { mark: mark ?? "mono", parts }, ...after];
}
