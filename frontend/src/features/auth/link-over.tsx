/** What stands there for a mail's link that is over: why, and what to do instead. */
import { Link, type LinkProps } from "@tanstack/react-router";
import { Button } from "@/components/ui/button";
import { FormError } from "@/components/ui/field";

interface LinkOverProps {
  to: NonNullable<LinkProps["to"]>;
  words: string;
  action: string;
}

export function LinkOver({ words, to, action }: LinkOverProps) {
  return (
    <div className="flex flex-col gap-4">
      <FormError>{words}</FormError>
      <Button asChild variant="primary" size="lg">
        <Link to={to}>{action}</Link>
      </Button>
    </div>
  );
}
