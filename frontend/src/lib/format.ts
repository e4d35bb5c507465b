/** Numbers, times and durations as people read them. */
const integer = new Intl.NumberFormat("en");
const decimal = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat("en", { weekday: "short" });
const dayMonth = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayMonthYear = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
});
const DAY_MS = 86_400_000;

export function formatCount(value: number): string {
  return integer.format(value);
}

const BYTE_UNITS = ["B", "kB", "MB", "GB"] as const;

/** `640 B`, `12 kB`, `4.8 MB`: in thousands, as phones and browsers count. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 && unit > 1 ? decimal.format(value) : Math.round(value)} ${BYTE_UNITS[unit]}`;
}

/** Millionths of a currency as money: `$1.23`; what is below a cent keeps four digits. */
export function formatMicros(micros: number, currency: string): string {
  const value = micros / 1_000_000;
  const digits = value !== 0 && Math.abs(value) < 0.1 ? { maximumFractionDigits: 4 } : {};
  return new Intl.NumberFormat("en", { style: "currency", currency, ...digits }).format(value);
}

export function formatRate(perSecond: number): string {
  return `${decimal.format(perSecond)}/s`;
}

/** A share in percent that never rounds to 0 % or 100 % what is neither. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return "–";
  const percent = (part / whole) * 100;
  if (percent > 0 && percent < 0.1) return "<0.1%";
  if (percent < 100 && percent > 99.9) return ">99.9%";
  return `${percent < 10 ? decimal.format(percent) : Math.floor(percent)}%`;
}

/** Seconds as at most two units: `42 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const [h, min, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (h > 0) return min > 0 ? `${h} h ${min} min` : `${h} h`;
  return s > 0 ? `${min} min ${s} s` : `${min} min`;
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** Today's time, `Yesterday`, a weekday within the week, else a date. */
export function formatRecent(iso: string, now: Date): string {
  const at = new Date(iso);
  const days = Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS);
  if (days <= 0) return clock.format(at);
  if (days === 1) return "Yesterday";
  if (days < 7) return weekday.format(at);
  return at.getFullYear() === now.getFullYear() ? dayMonth.format(at) : dayMonthYear.format(at);
}

/** The day of a message, as a separator in a thread. */
export function formatDay(iso: string, now: Date): string {
  const at = new Date(iso);
  const days = Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return dayMonthYear.format(at);
}

export function formatClock(iso: string): string {
  return clock.format(new Date(iso));
}

export function formatMoment(iso: string): string {
  const at = new Date(iso);
  return `${dayMonthYear.format(at)}, ${clock.format(at)}`;
}

/** `no_phone` → `No phone`: for words that the API may add before this page knows them. */
export function humanise(key: string): string {
  const words = key.replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Up to two letters that stand for a person without a picture. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/\s+/)
    .filter((word) => /\p{L}/u.test(word));
  const letters = [words.at(0), words.length > 1 ? words.at(-1) : undefined]
    .map((word) => [...(word ?? "")].find((letter) => /\p{L}/u.test(letter)) ?? "")
    .join("");
  return letters.toUpperCase() || "#";
}
