import { createFileRoute } from "@tanstack/react-router";
import { NumberListScreen } from "@/features/numbers/list-screen";

export const Route = createFileRoute("/_app/settings/numbers/")({ component: NumberListScreen });
