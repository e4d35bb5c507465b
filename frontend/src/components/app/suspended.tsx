/** What a business that is suspended, or going to be deleted, reads above every screen: why, and what still works. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { formatMoment } from "@/lib/format";
import { meQuery } from "@/lib/permissions";

const LINE = "shrink-0 border-b bg-accent-soft px-4 py-2 text-[0.8125rem] text-accent-text sm:px-6";

export function Suspended() {
  const { data } = useQuery(meQuery);
  const suspension = data?.tenant.suspension;
  if (data?.deletion_due_at) {
    return (
      <p role="status" className={LINE}>
        <strong className="font-semibold">
          This business is going to be deleted on {formatMoment(data.deletion_due_at)}.
        </strong>{" "}
        You can read and export; nothing can be changed or sent.{" "}
        <Link to="/settings/business" className="underline underline-offset-2">
          An owner can call that off
        </Link>
        .
      </p>
    );
  }
  if (!suspension) return null;
  return (
    <p role="status" className={LINE}>
      <strong className="font-semibold">This business is suspended.</strong> {suspension.reason} You
      can read and export; nothing can be changed or sent.
    </p>
  );
}
