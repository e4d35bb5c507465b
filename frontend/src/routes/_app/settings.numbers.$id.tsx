import { createFileRoute } from "@tanstack/react-router";
import { NumberScreen } from "@/features/numbers/detail-screen";

export const Route = createFileRoute("/_app/settings/numbers/$id")({ component: OneNumber });

function OneNumber() {
  const { id } = Route.useParams();
  return <NumberScreen key={id} id={id} />;
}
