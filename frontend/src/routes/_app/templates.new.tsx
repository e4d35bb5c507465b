import { createFileRoute } from "@tanstack/react-router";
import { NewTemplateScreen } from "@/features/templates/editor-screen";

export const Route = createFileRoute("/_app/templates/new")({
  validateSearch: (search: Record<string, unknown>): { from?: string } =>
    typeof search.from === "string" && /^tpl_[0-9a-z]{26}$/.test(search.from)
      ? { from: search.from }
      : {},
  component: NewTemplate,
});

function NewTemplate() {
  const { from } = Route.useSearch();
  return <NewTemplateScreen key={from} from={from} />;
}
