/** The two places of contacts: all of them, and the segments that are saved. */
import { Link } from "@tanstack/react-router";

const TABS = [
  { to: "/contacts", label: "All contacts" },
  { to: "/segments", label: "Segments" },
] as const;

export function ContactTabs() {
  return (
    <nav aria-label="Contacts and segments" className="mb-4 flex gap-1 border-b">
      {TABS.map(({ to, label }) => (
        <Link
          key={to}
          to={to}
          className="-mb-px border-transparent border-b-2 px-3 py-2 font-medium text-muted -outline-offset-2 hover:text-ink data-[status=active]:border-brand data-[status=active]:text-ink"
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
