/** Whether the account has a second factor, and the ways to switch it on and off. */
import { lazy, Suspense, useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";

const SwitchOn = lazy(() => import("./switch-on-dialog"));
const SwitchOff = lazy(() => import("./switch-off-dialog"));

export function SecondFactorCard({ isOn }: { isOn: boolean }) {
  const [open, setOpen] = useState<"on" | "off" | null>(null);
  const close = () => setOpen(null);
  return (
    <Card aria-labelledby="second-factor-title">
      <CardHeading id="second-factor-title" title="Second factor">
        <Badge tone={isOn ? "good" : "warn"}>{isOn ? "On" : "Off"}</Badge>
      </CardHeading>
      <div className="flex flex-col items-start gap-4 p-4 sm:p-5">
        <p className="text-muted">
          {isOn
            ? "Signing in takes a code of your authenticator app besides the password. If the phone is lost, a recovery code does instead."
            : "With a code of an authenticator app on your phone, a password that somebody has learnt is not enough to get in."}
        </p>
        <Button
          variant={isOn ? "secondary" : "primary"}
          onClick={() => setOpen(isOn ? "off" : "on")}
        >
          {isOn ? "Switch it off" : "Switch it on"}
        </Button>
      </div>
      <Suspense>
        {open === "on" ? <SwitchOn onClose={close} /> : null}
        {open === "off" ? <SwitchOff onClose={close} /> : null}
      </Suspense>
    </Card>
  );
}
