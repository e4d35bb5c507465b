import { createFileRoute } from "@tanstack/react-router";
import { EditSegmentScreen } from "@/features/segments/edit-screen";

export const Route = createFileRoute("/_app/segments/$id")({ component: EditSegment });

function EditSegment() {
  const { id } = Route.useParams();
  return <EditSegmentScreen key={id} id={id} />;
}
