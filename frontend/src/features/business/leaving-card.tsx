/** Taking all of it along, and deleting the business: with a time in which that can be called off. */
import { useQuery } from "@tanstack/react-query";
import { FileDown, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { sentenceOf } from "@/lib/api/problem";
import { formatMoment } from "@/lib/format";
import { meQuery } from "@/lib/permissions";
import { deletionQuery, useCallOffDeletion } from "./api";

const ExportDialog = lazy(() => import("@/components/app/export-dialog"));
const DeleteDialog = lazy(() => import("./delete-dialog"));

function Going({ dueAt, canWrite }: { dueAt: string; canWrite: boolean }) {
  const { data } = useQuery(deletionQuery);
  const callOff = useCallOffDeletion();
  return (
    <div className="flex flex-col items-start gap-3 rounded-control bg-danger-soft p-4 text-danger-text">
      <p>
        <strong>
          The business is going to be deleted on {formatMoment(data?.due_at ?? dueAt)}.
        </strong>{" "}
        Until then everything can be read and exported, but nothing changed or sent. Afterwards
        nothing of it can be brought back.
      </p>
      {canWrite ? (
        <Button
          isBusy={callOff.isPending}
          onClick={() =>
            callOff.mutate(undefined, {
              onSuccess: () =>
                toast.success(
                  "The deletion is called off. Campaigns that it stopped stay stopped.",
                ),
              onError: (error) => toast.error(sentenceOf(error)),
            })
          }
        >
          Keep the business
        </Button>
      ) : null}
    </div>
  );
}

export function LeavingCard({ name, canWrite }: { name: string; canWrite: boolean }) {
  const me = useQuery(meQuery);
  const [open, setOpen] = useState<"export" | "delete" | null>(null);
  const dueAt = me.data?.deletion_due_at ?? null;
  if (!canWrite && dueAt === null) return null;
  return (
    <Card aria-labelledby="leaving-title">
      <CardHeading id="leaving-title" title="Your data" />
      <div className="flex flex-col gap-4 p-4 sm:p-5">
        {dueAt === null ? (
          <p className="text-muted">
            Take everything that Parley holds for you along as one file, or delete the business for
            good.
          </p>
        ) : (
          <Going dueAt={dueAt} canWrite={canWrite} />
        )}
        {canWrite ? (
          <div className="flex flex-wrap gap-2">
            <Button onClick={() => setOpen("export")}>
              <FileDown aria-hidden />
              Export everything
            </Button>
            {dueAt === null ? (
              <Button onClick={() => setOpen("delete")}>
                <Trash2 aria-hidden />
                Delete the business
              </Button>
            ) : null}
          </div>
        ) : null}
      </div>
      <Suspense>
        {open === "export" ? (
          <ExportDialog
            title="Export everything"
            lead="A zip with a file for each kind of thing, and every file that customers sent or you uploaded. Secrets are not in it."
            rows="things"
            request={{ of: "tenant" }}
            onClose={() => setOpen(null)}
          />
        ) : null}
        {open === "delete" ? <DeleteDialog name={name} onClose={() => setOpen(null)} /> : null}
      </Suspense>
    </Card>
  );
}
