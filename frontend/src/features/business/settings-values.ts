/** The settings of a business as its form holds them, and the change that they are. */
import type { Schemas } from "@/lib/api/client";
import { isZone } from "@/lib/time-zone";
import type { Business } from "./api";

export const NAMES = ["name", "country", "time_zone", "language", "contact_email"] as const;
export type SettingsValues = Record<(typeof NAMES)[number], string>;

export function settingsValues(business: Business): SettingsValues {
  return {
    name: business.name,
    country: business.country,
    time_zone: business.time_zone ?? "",
    language: business.language ?? "",
    contact_email: business.contact_email ?? "",
  };
}

export function settingsProblems(values: SettingsValues): Partial<SettingsValues> {
  const problems: Partial<SettingsValues> = {};
  const email = values.contact_email.trim();
  if (!values.name.trim()) problems.name = "Enter the name of your business.";
  if (values.time_zone && !isZone(values.time_zone)) {
    problems.time_zone = "Write a time zone like Europe/Berlin; the list helps.";
  }
  if (email && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email)) {
    problems.contact_email = "Write it like name@company.com, or leave it empty.";
  }
  return problems;
}

/** Only what differs; an empty text takes away what can be absent. */
export function settingsPatch(before: Business, values: SettingsValues): Schemas["TenantPatch"] {
  const was = settingsValues(before);
  const changed = NAMES.filter((name) => values[name].trim() !== was[name]);
  return Object.fromEntries(changed.map((name) => [name, values[name].trim() || null]));
}
