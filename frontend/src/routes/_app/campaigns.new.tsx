import { createFileRoute } from "@tanstack/react-router";
import { NewCampaignScreen } from "@/features/campaigns/new-screen";

export const Route = createFileRoute("/_app/campaigns/new")({ component: NewCampaignScreen });
