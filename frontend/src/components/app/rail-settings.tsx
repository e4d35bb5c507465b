/** The settings in the rail: what the role may see, which is known only once the API has answered. */
import { useMay } from "@/lib/permissions";
import { SETTINGS } from "./places";
import { RailLink } from "./rail-link";

export default function RailSettings() {
  const may = useMay();
  const places = SETTINGS.filter(({ permission }) => may(permission));
  if (places.length === 0) return null;
  return (
    <>
      <p className="mt-5 px-2.5 pb-1 text-rail-muted text-xs">Settings</p>
      {places.map(({ to, label, icon }) => (
        <RailLink key={to} to={to} label={label} icon={icon} />
      ))}
    </>
  );
}
