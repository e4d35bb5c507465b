import { createFileRoute } from "@tanstack/react-router";
import { TemplateScreen } from "@/features/templates/detail-screen";

export const Route = createFileRoute("/_app/templates/$id/")({ component: Template });

function Template() {
  const { id } = Route.useParams();
  return <TemplateScreen key={id} id={id} />;
}
