/** Import of a CSV file: choose it, watch it, see what became of each row. */

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, Lock } from "lucide-react";
import { DropFile } from "@/components/app/drop-file";
import { Page } from "@/components/app/page";
import { Empty } from "@/components/app/states";
import { Card } from "@/components/ui/card";
import { sentenceOf } from "@/lib/api/problem";
import { useStartImport } from "@/lib/imports";
import { meQuery } from "@/lib/permissions";
import { ImportResult } from "./import-result";

/** `importId` comes from the URL, so that a reload finds a running import again. */
export function ImportScreen({ importId }: { importId: string | undefined }) {
  const navigate = useNavigate();
  const start = useStartImport();
  const me = useQuery(meQuery);
  const isAllowed = me.data?.permissions.includes("contacts:write") ?? true;

  const body = () => {
    if (!isAllowed) {
      return (
        <Card>
          <Empty icon={Lock} title="Your role may not import contacts">
            Ask an owner, an admin or a manager of your team.
          </Empty>
        </Card>
      );
    }
    if (importId) return <ImportResult id={importId} />;
    return (
      <Card aria-label="The file" className="p-4 sm:p-5">
        <DropFile
          isBusy={start.isPending}
          error={start.error ? sentenceOf(start.error) : undefined}
          onFile={(file) =>
            start.mutate(file, {
              onSuccess: ({ id }) => void navigate({ to: "/contacts/import", search: { id } }),
            })
          }
        />
      </Card>
    );
  };

  return (
    <Page
      title="Import contacts"
      className="max-w-4xl"
      above={
        <Link
          to="/contacts"
          className="mb-3 inline-flex min-h-6 items-center gap-1.5 text-muted hover:text-ink"
        >
          <ArrowLeft aria-hidden className="size-4" />
          Contacts
        </Link>
      }
    >
      {body()}
    </Page>
  );
}
