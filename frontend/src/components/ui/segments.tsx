/** A choice of a few, all in sight: radio buttons that look like one control. */
import { RadioGroup } from "radix-ui";
import { cn } from "@/lib/cn";

interface SegmentsProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
  className?: string;
}

export function Segments<T extends string>({
  label,
  value,
  options,
  onChange,
  className,
}: SegmentsProps<T>) {
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      onValueChange={(next) => onChange(next as T)}
      className={cn("inline-flex rounded-control bg-sunken p-0.5", className)}
    >
      {options.map((option) => (
        <RadioGroup.Item
          key={option.value}
          value={option.value}
          className="h-7 flex-1 whitespace-nowrap rounded-[0.3125rem] px-3 font-medium text-[0.8125rem] text-muted hover:text-ink data-[state=checked]:bg-surface data-[state=checked]:text-ink data-[state=checked]:shadow-sm"
        >
          {option.label}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
