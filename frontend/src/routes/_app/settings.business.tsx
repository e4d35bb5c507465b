import { createFileRoute } from "@tanstack/react-router";
import { BusinessScreen } from "@/features/business/business-screen";

export const Route = createFileRoute("/_app/settings/business")({ component: BusinessScreen });
