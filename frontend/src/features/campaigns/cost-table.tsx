/** What messages cost, market by market, with what is not known said. */
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Table, Td, Th } from "@/components/ui/table";
import { formatCount, formatMicros, humanise } from "@/lib/format";
import type { Cost } from "./api";

const regions = new Intl.DisplayNames("en", { type: "region" });

/** A market is a country's code, or the name of a region of the rate card. */
export function marketName(market: string): string {
  if (/^[A-Z]{2}$/.test(market)) return regions.of(market) ?? market;
  return market.replaceAll(/[_-]+/g, " ").replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

/** What must be known about a total before it is believed. */
export function caveatsOf(cost: Cost): string[] {
  return [
    cost.is_sample ? "With invented rates, for trying things out: load Meta's rate card." : "",
    cost.rates_from === null
      ? "No rate card is loaded for this currency, so nothing is priced."
      : "",
    cost.unpriced > 0
      ? `${formatCount(cost.unpriced)} messages are not in the total: their rate is not known.`
      : "",
  ].filter(Boolean);
}

/** The dearest first; more than these are shown only when asked for. */
const SHOWN = 6;

export function CostTable({ cost, label }: { cost: Cost; label: string }) {
  const [isWhole, setIsWhole] = useState(false);
  const caveats = caveatsOf(cost);
  const lines = [...cost.lines].sort((a, b) => (b.cost_micros ?? 0) - (a.cost_micros ?? 0));
  const shown = isWhole || lines.length <= SHOWN + 1 ? lines : lines.slice(0, SHOWN);
  return (
    <div>
      {cost.lines.length > 0 ? (
        <Table label={label}>
          <thead>
            <tr>
              <Th>Market</Th>
              <Th>Category</Th>
              <Th className="text-right">Messages</Th>
              <Th className="text-right">Rate</Th>
              <Th className="text-right">Cost</Th>
            </tr>
          </thead>
          <tbody className="tabular">
            {shown.map((line) => (
              <tr key={`${line.market} ${line.category}`}>
                <Td>{marketName(line.market)}</Td>
                <Td>{humanise(line.category)}</Td>
                <Td className="text-right">
                  {formatCount(line.messages)}
                  {line.charged === line.messages ? null : (
                    <span className="block text-muted text-xs">
                      {formatCount(line.charged)} charged
                    </span>
                  )}
                </Td>
                <Td className="text-right">
                  {line.rate_micros === null ? "–" : formatMicros(line.rate_micros, cost.currency)}
                </Td>
                <Td className="text-right">
                  {line.cost_micros === null
                    ? "Not known"
                    : formatMicros(line.cost_micros, cost.currency)}
                </Td>
              </tr>
            ))}
          </tbody>
        </Table>
      ) : null}
      {shown.length < lines.length ? (
        <Button size="sm" variant="ghost" className="m-2" onClick={() => setIsWhole(true)}>
          Show all {formatCount(lines.length)} markets
        </Button>
      ) : null}
      {caveats.length > 0 ? (
        <ul className="px-4 py-2.5 text-accent-text text-xs">
          {caveats.map((caveat) => (
            <li key={caveat}>{caveat}</li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
