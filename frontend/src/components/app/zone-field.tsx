/** A time zone of the IANA database: typed, with the list of those that the browser knows. */
import { memo, useId } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { allZones } from "@/lib/time-zone";

interface ZoneFieldProps {
  label: string;
  hint?: string;
  error?: string | undefined;
  placeholder?: string;
  className?: string;
  value: string;
  onChange: (zone: string) => void;
}

/** Some four hundred: they are not made anew with each letter that is typed. */
const Zones = memo(function Zones({ id }: { id: string }) {
  return (
    <datalist id={id}>
      {allZones().map((zone) => (
        <option key={zone} value={zone} />
      ))}
    </datalist>
  );
});

export function ZoneField({ placeholder, value, onChange, ...field }: ZoneFieldProps) {
  const id = useId();
  return (
    <Field {...field}>
      {(control) => (
        <>
          <Input
            {...control}
            list={id}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            placeholder={placeholder}
            value={value}
            onChange={(event) => onChange(event.target.value.trim())}
          />
          <Zones id={id} />
        </>
      )}
    </Field>
  );
}
