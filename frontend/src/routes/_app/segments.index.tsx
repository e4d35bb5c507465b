import { createFileRoute } from "@tanstack/react-router";
import { SegmentListScreen } from "@/features/segments/list-screen";

export const Route = createFileRoute("/_app/segments/")({ component: SegmentListScreen });
