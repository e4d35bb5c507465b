/** One's own account: who one is here, the password, the second factor, and where one is signed in. */
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Avatar } from "@/components/app/avatar";
import { Page } from "@/components/app/page";
import { Failure } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import type { Schemas } from "@/lib/api/client";
import { humanise } from "@/lib/format";
import { meQuery } from "@/lib/permissions";
import { PasswordCard } from "./password-card";
import { SecondFactorCard } from "./second-factor-card";
import { SessionsCard } from "./sessions-card";

const NameDialog = lazy(() => import("./name-dialog"));

function Who({ user, business }: { user: Schemas["UserOut"]; business: string }) {
  const [isRenaming, setIsRenaming] = useState(false);
  return (
    <Card aria-label="Who you are" className="flex flex-wrap items-center gap-4 p-4 sm:p-5">
      <Avatar name={user.name} seed={user.id} className="size-12" />
      <div className="min-w-0 flex-1 basis-48">
        <p className="wrap-anywhere font-semibold">{user.name}</p>
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-muted">
          <span className="wrap-anywhere">{user.email}</span>
          <Badge tone={user.is_email_verified ? "good" : "warn"}>
            {user.is_email_verified ? "Confirmed" : "Not confirmed"}
          </Badge>
        </p>
        <p className="wrap-anywhere text-muted text-xs">
          {humanise(user.role)} at {business}
        </p>
      </div>
      <Button onClick={() => setIsRenaming(true)}>Change your name</Button>
      <Suspense>
        {isRenaming ? <NameDialog name={user.name} onClose={() => setIsRenaming(false)} /> : null}
      </Suspense>
    </Card>
  );
}

export function AccountScreen() {
  const { data, error, refetch } = useQuery(meQuery);
  return (
    <Page title="Your account" className="max-w-3xl">
      <div className="flex flex-col gap-4">
        {data ? (
          <>
            <Who user={data.user} business={data.tenant.name} />
            <SecondFactorCard isOn={data.user.has_second_factor} />
            <PasswordCard email={data.user.email} />
            <SessionsCard />
          </>
        ) : (
          <Card>
            {error ? (
              <Failure error={error} onRetry={() => void refetch()} />
            ) : (
              <SkeletonRows rows={4} label="Your account is being loaded" />
            )}
          </Card>
        )}
      </div>
    </Page>
  );
}
