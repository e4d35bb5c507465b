/** Exports a campaign's recipients: all of them, or those whom the list shows. */
import { useState } from "react";
import ExportDialog from "@/components/app/export-dialog";
import { Segments } from "@/components/ui/segments";
import { exportFilters, isFiltered, type RecipientFilters } from "./recipient-filters";

interface ExportRecipientsProps {
  id: string;
  filters: RecipientFilters;
  onClose: () => void;
}

export default function ExportRecipients({ id, filters, onClose }: ExportRecipientsProps) {
  const { find, ...others } = filters;
  const canNarrow = isFiltered(others);
  const [whom, setWhom] = useState<"shown" | "all">(canNarrow ? "shown" : "all");
  const chosen = whom === "shown" ? others : {};
  return (
    <ExportDialog
      title="Export the recipients"
      lead="A CSV file: who, what became of the message and when, why not, and what it cost."
      rows="recipients"
      request={{
        of: "recipients",
        campaignId: id,
        body: { filters: exportFilters(chosen) },
      }}
      onClose={onClose}
    >
      {canNarrow ? (
        <Segments
          label="Whom"
          className="self-start"
          value={whom}
          options={[
            { value: "shown", label: "As filtered in the list" },
            { value: "all", label: "All recipients" },
          ]}
          onChange={setWhom}
        />
      ) : null}
    </ExportDialog>
  );
}
