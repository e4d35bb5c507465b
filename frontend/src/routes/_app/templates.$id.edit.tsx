import { createFileRoute } from "@tanstack/react-router";
import { EditTemplateScreen } from "@/features/templates/editor-screen";

export const Route = createFileRoute("/_app/templates/$id/edit")({ component: EditTemplate });

function EditTemplate() {
  const { id } = Route.useParams();
  return <EditTemplateScreen key={id} id={id} />;
}
