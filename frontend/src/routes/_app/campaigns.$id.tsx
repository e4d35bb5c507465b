import { createFileRoute } from "@tanstack/react-router";
import { CampaignScreen } from "@/features/campaigns/campaign-screen";

export const Route = createFileRoute("/_app/campaigns/$id")({ component: Campaign });

function Campaign() {
  const { id } = Route.useParams();
  // The key starts a screen anew for another campaign: its filter and page are not theirs.
  return <CampaignScreen key={id} id={id} />;
}
