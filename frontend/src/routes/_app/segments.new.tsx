import { createFileRoute } from "@tanstack/react-router";
import { NewSegmentScreen } from "@/features/segments/edit-screen";

export const Route = createFileRoute("/_app/segments/new")({ component: NewSegmentScreen });
