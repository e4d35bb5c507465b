/** A menu under a button. */
import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const ITEM =
  "flex min-h-9 cursor-default select-none items-center gap-2.5 rounded-control px-2.5 outline-none data-[highlighted]:bg-sunken [&_svg]:size-4 [&_svg]:text-muted";

export const Menu = DropdownMenu.Root;
export const MenuTrigger = DropdownMenu.Trigger;
export const MenuRadioGroup = DropdownMenu.RadioGroup;

/** Stays where it is written, not in a portal: so it belongs to the landmark of its button. */
export function MenuContent({ className, ...props }: ComponentProps<typeof DropdownMenu.Content>) {
  return (
    <DropdownMenu.Content
      data-slot="menu"
      sideOffset={6}
      collisionPadding={8}
      className={cn(
        "z-50 min-w-56 rounded-card border bg-surface p-1 text-ink shadow-lg",
        className,
      )}
      {...props}
    />
  );
}

export function MenuItem({ className, ...props }: ComponentProps<typeof DropdownMenu.Item>) {
  return <DropdownMenu.Item className={cn(ITEM, className)} {...props} />;
}

export function MenuRadioItem({
  children,
  ...props
}: ComponentProps<typeof DropdownMenu.RadioItem>) {
  return (
    <DropdownMenu.RadioItem className={ITEM} {...props}>
      {children}
      <DropdownMenu.ItemIndicator className="ml-auto">
        <Check aria-hidden />
      </DropdownMenu.ItemIndicator>
    </DropdownMenu.RadioItem>
  );
}

export function MenuLabel({ children }: { children: string }) {
  return (
    <DropdownMenu.Label className="px-2.5 pt-2 pb-1 text-muted text-xs">
      {children}
    </DropdownMenu.Label>
  );
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="-mx-1 my-1 border-t" />;
}
