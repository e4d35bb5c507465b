/** How many recipients, as the way to who they are. */
import { Link } from "@tanstack/react-router";
import { formatCount } from "@/lib/format";
import type { RecipientFilters } from "./recipient-filters";

export function CountLink({
  id,
  count,
  filters,
  label,
}: {
  id: string;
  count: number;
  filters: RecipientFilters;
  label: string;
}) {
  return (
    <Link
      to="/campaigns/$id"
      params={{ id }}
      search={filters}
      hash="recipients"
      replace
      aria-label={`${label}: show these ${formatCount(count)}`}
      className="tabular inline-flex min-h-6 items-center font-medium text-brand-text underline-offset-2 hover:underline"
    >
      {formatCount(count)}
    </Link>
  );
}
