import { createFileRoute } from "@tanstack/react-router";
import { ImportScreen } from "@/features/contacts/import-screen";

export const Route = createFileRoute("/_app/contacts/import")({
  validateSearch: (search: Record<string, unknown>): { id?: string } =>
    typeof search.id === "string" && /^imp_[0-9a-z]{26}$/.test(search.id) ? { id: search.id } : {},
  component: Import,
});

function Import() {
  const { id } = Route.useSearch();
  return <ImportScreen importId={id} />;
}
