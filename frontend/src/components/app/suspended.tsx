/** What a suspended business reads above every screen: why, and what still works. */
import { useQuery } from "@tanstack/react-query";
import { meQuery } from "@/lib/permissions";

export function Suspended() {
  const { data } = useQuery(meQuery);
  const suspension = data?.tenant.suspension;
  if (!suspension) return null;
  return (
    <p
      role="status"
      className="shrink-0 border-b bg-accent-soft px-4 py-2 text-[0.8125rem] text-accent-text sm:px-6"
    >
      <strong className="font-semibold">This business is suspended.</strong> {suspension.reason} You
      can read and export; nothing can be changed or sent.
    </p>
  );
}
