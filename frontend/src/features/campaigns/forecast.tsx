/** When the last message leaves: not before, not after if all goes on as it does, and what it waits for. */
import type { Schemas } from "@/lib/api/client";
import { formatMoment } from "@/lib/format";

export type Forecast = Schemas["ForecastOut"];

const SAME_MS = 90_000;

/** In one sentence; what a person or Meta decides is not guessed. */
export function forecastWords({ not_before, expected_by }: Forecast): string {
  const first = formatMoment(not_before);
  if (expected_by === null) return `The last message leaves not before ${first}.`;
  const isOne = Date.parse(expected_by) - Date.parse(not_before) < SAME_MS;
  return isOne
    ? `The last message leaves about ${formatMoment(expected_by)}.`
    : `The last message leaves between ${first} and ${formatMoment(expected_by)}.`;
}

export function ForecastNote({ forecast }: { forecast: Forecast }) {
  return (
    <div className="border-t px-4 py-2.5 text-muted text-xs">
      <p>{forecastWords(forecast)}</p>
      {forecast.waits.length > 0 ? (
        <ul className="mt-1 list-disc pl-4">
          {forecast.waits.map((wait) => (
            <li key={wait}>{wait}</li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
