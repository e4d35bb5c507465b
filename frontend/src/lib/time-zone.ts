/** Local times of time zones as moments, and back; the API's own rules where clocks are changed. */

const FIELDS = {
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
} as const;
const DAY_MS = 86_400_000;

/** The zone of this browser, as the IANA database names it. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Every zone that this browser knows, for a list to choose from. */
export function allZones(): string[] {
  return Intl.supportedValuesOf("timeZone");
}

export function isZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** What the clocks of a zone show at a moment: `2026-12-24T10:00`. */
export function localIn(at: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat("en", { ...FIELDS, timeZone: zone }).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return `${of("year")}-${of("month")}-${of("day")}T${of("hour")}:${of("minute")}`;
}

function offsetMs(atMs: number, zone: string): number {
  return Date.parse(`${localIn(new Date(atMs), zone)}Z`) - Math.floor(atMs / 60_000) * 60_000;
}

/**
 * When a local time (`2026-12-24T10:00`) comes in a zone, or null where the text is none. One that
 * is skipped comes later by what is skipped; of one that comes twice it is the first.
 */
export function momentOf(local: string, zone: string): Date | null {
  const asUtc = Date.parse(`${local}Z`);
  if (Number.isNaN(asUtc) || !isZone(zone)) return null;
  const [before, after] = [asUtc - DAY_MS, asUtc + DAY_MS].map((near) => offsetMs(near, zone));
  const found = [asUtc - (before ?? 0), asUtc - (after ?? 0)]
    .filter((at) => localIn(new Date(at), zone) === local.slice(0, 16))
    .sort((a, b) => a - b)[0];
  return new Date(found ?? asUtc - (before ?? 0));
}

/** `Thu 24 Dec 2026, 10:00`, as the clocks of a zone show it. */
export function formatIn(at: Date, zone: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone: zone,
  })
    .format(at)
    .replace(/^(\w+), /, "$1 ");
}
