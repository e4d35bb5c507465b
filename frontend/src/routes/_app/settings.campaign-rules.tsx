import { createFileRoute } from "@tanstack/react-router";
import { RulesScreen } from "@/features/campaigns/rules-screen";

export const Route = createFileRoute("/_app/settings/campaign-rules")({ component: RulesScreen });
