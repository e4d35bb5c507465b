/** Everybody of a dry run: their values, or why they would get nothing. */
import { Badge } from "@/components/ui/badge";
import { Td } from "@/components/ui/table";
import { dryRunRecipientsQuery } from "./api";
import { RecipientsList } from "./recipients-list";
import { nameOf } from "./variables-fields";
import { skipReason } from "./words";

export function DryRunRecipients({ id, run }: { id: string; run: string }) {
  return (
    <div className="border-t">
      <RecipientsList
        label="Everybody of the dry run"
        pageAt={(cursor) => dryRunRecipientsQuery(id, run, cursor)}
        columns={["To", "Would get"]}
        empty={<p className="px-4 py-6 text-muted">Nobody belongs to the audience.</p>}
        row={(one) => (
          <tr key={one.contact_id}>
            <Td className="tabular whitespace-nowrap">{one.to || "No address"}</Td>
            <Td>
              {one.is_canary ? <Badge className="mr-2">First</Badge> : null}
              {one.skip ? (
                <Badge tone="warn">{skipReason(one.skip)}</Badge>
              ) : (
                <span className="wrap-anywhere text-muted text-xs">
                  {Object.entries(one.values)
                    .map(([key, value]) => `${nameOf(key)}: ${value}`)
                    .join(" · ") || "The template as it is"}
                </span>
              )}
            </Td>
          </tr>
        )}
      />
    </div>
  );
}
