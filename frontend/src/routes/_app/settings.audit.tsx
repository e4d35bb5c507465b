import { createFileRoute } from "@tanstack/react-router";
import { AuditScreen } from "@/features/audit/audit-screen";
import { readFilters } from "@/features/audit/filters";

export const Route = createFileRoute("/_app/settings/audit")({
  validateSearch: readFilters,
  component: AuditTrail,
});

function AuditTrail() {
  const filters = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <AuditScreen
      filters={filters}
      onFilters={(search) => void navigate({ search, replace: true })}
    />
  );
}
