/** Invented people and what they say, the same at each start. */
import type { Schemas } from "@/lib/api/client";

export type Contact = Schemas["ContactOut"];

const NAMES = [
  "Asha Rao",
  "José Álvarez",
  "Mei Lin",
  "Fatima El-Sayed",
  "Oluwaseun Adeyemi",
  "Anna Kowalska",
  "Liam O’Connor",
  "Nguyễn Thị Hoa",
  "Søren Østergård",
  "Priya Sharma",
  "Юлия Иванова",
  "田中 健",
  "Maximiliane von Hohenstein-Wolkenburg",
  "Kwame Mensah",
  "Lucía Fernández",
  "",
  "Tomás Silva",
  "Hana Nováková",
  "Emre Yılmaz",
  "Grace Wanjiru",
];
const PLACES = [
  ["IN", "+91 98765 4"],
  ["MX", "+52 55 1234 "],
  ["SG", "+65 8123 "],
  ["EG", "+20 100 123 "],
  ["NG", "+234 802 345 "],
  ["PL", "+48 512 345 "],
  ["IE", "+353 85 012 "],
  ["VN", "+84 91 234 "],
] as const;
const ANSWERS = [
  "Yes please, one for me!",
  "What time do you open on Sunday?",
  "Thank you 🙏",
  "STOP",
  "Can I change my delivery address? I moved to the other side of town last week and the old address is not mine any more.",
  "Is it still available in blue?",
  "👍",
  "How much is it with delivery?",
];

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"; // pragma: allowlist secret

/** An id of the API's shape that depends on `seed` alone. */
export function idOf(prefix: string, seed: number): string {
  let text = "";
  let value = (seed * 2_654_435_761) % 4_294_967_296;
  for (let index = 0; index < 26; index += 1) {
    value = (value * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    text += ALPHABET[Math.floor(value / 134_217_728)] ?? "0";
  }
  return `${prefix}_${text}`;
}

export function person(index: number): Contact {
  const [country, prefix] = PLACES[index % PLACES.length] ?? PLACES[0];
  return {
    id: idOf("con", index + 1),
    phone: `${prefix}${String(1000 + index * 7).slice(-4)}`.replaceAll(" ", ""),
    bsuid: null,
    username: null,
    marketing_opted_out_at: null,
    name: NAMES[index % NAMES.length] ?? "",
    country,
    language: null,
    tags: index % 3 === 0 ? ["vip", "spring"] : index % 5 === 0 ? ["newsletter"] : [],
    fields: index % 2 === 0 ? { city: "Pune", order: `A-${1000 + index}` } : {},
    unreachable: null,
    opted_out: index % 17 === 3,
    opted_out_at: index % 17 === 3 ? "2026-10-01T09:00:00Z" : null,
    created_at: "2026-09-01T09:00:00Z",
    updated_at: "2026-09-01T09:00:00Z",
  };
}

export function answer(index: number): string {
  return ANSWERS[index % ANSWERS.length] ?? "";
}
