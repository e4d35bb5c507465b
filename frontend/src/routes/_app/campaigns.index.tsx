import { createFileRoute } from "@tanstack/react-router";
import { CampaignListScreen } from "@/features/campaigns/list-screen";

export const Route = createFileRoute("/_app/campaigns/")({ component: CampaignListScreen });
