import { createFileRoute } from "@tanstack/react-router";
import { EditCampaignScreen } from "@/features/campaigns/new-screen";

export const Route = createFileRoute("/_app/campaigns/$id_/edit")({ component: EditCampaign });

function EditCampaign() {
  const { id } = Route.useParams();
  return <EditCampaignScreen key={id} id={id} />;
}
