import { createFileRoute } from "@tanstack/react-router";
import { readFilters } from "@/features/templates/filters";
import { TemplateListScreen } from "@/features/templates/list-screen";

export const Route = createFileRoute("/_app/templates/")({
  validateSearch: readFilters,
  component: Templates,
});

function Templates() {
  const filters = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <TemplateListScreen
      filters={filters}
      onFilters={(search) => void navigate({ search, replace: true })}
    />
  );
}
