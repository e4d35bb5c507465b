import { createFileRoute } from "@tanstack/react-router";
import { NewCampaignScreen } from "@/features/campaigns/new-screen";
import { OUTCOMES, type Outcome } from "@/features/campaigns/outcomes";

interface Search {
  import?: string;
  segment?: string;
  of?: string;
  /** Of the campaign `of`. */
  outcome?: Outcome;
}

/** An id of the API's shape, or nothing: the address may be anybody's. */
function idOf(value: unknown, prefix: string): string | undefined {
  const pattern = new RegExp(`^${prefix}_[0-9a-z]{26}$`);
  return typeof value === "string" && pattern.test(value) ? value : undefined;
}

export const Route = createFileRoute("/_app/campaigns/new")({
  validateSearch: (search: Record<string, unknown>): Search => {
    const [list, segment, of] = [
      idOf(search.import, "imp"),
      idOf(search.segment, "seg"),
      idOf(search.of, "cmp"),
    ];
    const outcome = OUTCOMES.find((one) => one.outcome === search.outcome)?.outcome;
    return {
      ...(list && { import: list }),
      ...(segment && { segment }),
      ...(of && { of }),
      ...(outcome && { outcome }),
    };
  },
  component: NewCampaign,
});

function NewCampaign() {
  const search = Route.useSearch();
  return (
    <NewCampaignScreen
      initial={
        search.import
          ? { audience: "import", import_id: search.import }
          : search.segment
            ? { audience: "saved", segment_id: search.segment }
            : search.of
              ? {
                  audience: "outcome",
                  campaign_id: search.of,
                  ...(search.outcome && { outcome: search.outcome }),
                }
              : {}
      }
    />
  );
}
