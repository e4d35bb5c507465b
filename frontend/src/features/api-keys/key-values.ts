/** What the form of a new key holds, what is wrong with it, and the request that it becomes. */
import type { Schemas } from "@/lib/api/client";

export interface KeyValues {
  name: string;
  scopes: ReadonlySet<string>;
  /** Days until it ends, or "" for never. */
  days: string;
  /** Networks as typed: one a line, or with commas. */
  networks: string;
}

export type KeyProblems = Partial<Record<keyof KeyValues, string>>;

const DAY_MS = 86_400_000;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/;
const IPV6 = /^[0-9a-f:]+(\/\d{1,3})?$/i;

/** Nobody but a person makes keys, users, or changes the business: no key can hold these. */
const NEVER = new Set(["users:write", "api_keys:write", "tenant:write"]);

/** What a key may be given by somebody who holds `permissions`. */
export function scopesFor(permissions: readonly string[]): string[] {
  return permissions.filter((permission) => !NEVER.has(permission));
}

export function networksOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}

export function keyProblems(values: KeyValues): KeyProblems {
  const problems: KeyProblems = {};
  if (!values.name.trim()) problems.name = "Give the key a name, e.g. what uses it.";
  if (values.scopes.size === 0) problems.scopes = "Choose at least one thing that it may do.";
  const networks = networksOf(values.networks);
  const odd = networks.find((one) => !IPV4.test(one) && !(one.includes(":") && IPV6.test(one)));
  if (odd) problems.networks = `“${odd}” is no network. Write one like 203.0.113.0/24.`;
  else if (networks.length > 20) problems.networks = "Write 20 networks at most.";
  return problems;
}

export function keyRequest(values: KeyValues, now: Date): Schemas["ApiKeyCreate"] {
  const ends = values.days === "" ? null : new Date(now.getTime() + Number(values.days) * DAY_MS);
  return {
    name: values.name.trim(),
    scopes: [...values.scopes].sort(),
    networks: networksOf(values.networks),
    ...(ends ? { expires_at: ends.toISOString() } : {}),
  };
}
