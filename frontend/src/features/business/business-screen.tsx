/** The business itself: its settings, what it uses of its plan, and its data. */
import { useQuery } from "@tanstack/react-query";
import { Page } from "@/components/app/page";
import { Failure } from "@/components/app/states";
import { Card } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { useCan } from "@/lib/permissions";
import { businessQuery } from "./api";
import { LeavingCard } from "./leaving-card";
import { SettingsCard } from "./settings-card";
import { UsageCard } from "./usage-card";

export function BusinessScreen() {
  const { data, error, refetch } = useQuery(businessQuery);
  const canWrite = useCan("tenant:write");
  return (
    <Page title="Business" className="max-w-3xl">
      <div className="flex flex-col gap-4">
        {data ? (
          <>
            <SettingsCard business={data} canWrite={canWrite} />
            <UsageCard />
            <LeavingCard name={data.name} canWrite={canWrite} />
          </>
        ) : (
          <Card>
            {error ? (
              <Failure error={error} onRetry={() => void refetch()} />
            ) : (
              <SkeletonRows rows={5} label="The business is being loaded" />
            )}
          </Card>
        )}
      </div>
    </Page>
  );
}
