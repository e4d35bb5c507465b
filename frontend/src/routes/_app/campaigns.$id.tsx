import { createFileRoute } from "@tanstack/react-router";
import { CampaignScreen } from "@/features/campaigns/campaign-screen";
import { readRecipientFilters } from "@/features/campaigns/recipient-filters";

export const Route = createFileRoute("/_app/campaigns/$id")({
  validateSearch: readRecipientFilters,
  component: Campaign,
});

function Campaign() {
  const { id } = Route.useParams();
  const filters = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    // The key starts a screen anew for another campaign: its page is not theirs.
    <CampaignScreen
      key={id}
      id={id}
      filters={filters}
      onFilters={(search) => void navigate({ search, replace: true, resetScroll: false })}
    />
  );
}
