/** The two ways to connect a number. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import { toast } from "sonner";
import { BackLink } from "@/components/app/back-link";
import { Page } from "@/components/app/page";
import { Empty, Failure } from "@/components/app/states";
import { Card } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { meQuery } from "@/lib/permissions";
import { ConnectForm } from "./connect-form";
import { SignupCard } from "./signup-card";

/** `first` is a number whose token stopped working. */
export function ConnectScreen({
  first,
}: {
  first: { phone_number_id?: string; waba_id?: string };
}) {
  const navigate = useNavigate();
  const me = useQuery(meQuery);
  const body = () => {
    if (!me.data) {
      return (
        <Card>
          {me.error ? (
            <Failure error={me.error} onRetry={() => void me.refetch()} />
          ) : (
            <SkeletonRows rows={3} label="The form is being loaded" />
          )}
        </Card>
      );
    }
    if (!me.data.permissions.includes("numbers:write")) {
      return (
        <Card>
          <Empty icon={Lock} title="Your role may not connect numbers">
            Ask an owner or an admin of {me.data.tenant.name}.
          </Empty>
        </Card>
      );
    }
    return (
      <div className="flex flex-col gap-4">
        <SignupCard />
        <ConnectForm
          first={first}
          onConnected={(number) => {
            toast.success(`${number.display_phone_number} is connected.`);
            void navigate({ to: "/settings/numbers/$id", params: { id: number.id } });
          }}
        />
      </div>
    );
  };
  return (
    <Page
      title={first.phone_number_id ? "Connect the number again" : "Connect a number"}
      lead={
        first.phone_number_id
          ? "With a new token everything goes on from where it stopped."
          : "A number of your WhatsApp Business Account, by one of two ways."
      }
      className="max-w-4xl"
      above={<BackLink to="/settings/numbers">Numbers</BackLink>}
    >
      {body()}
    </Page>
  );
}
