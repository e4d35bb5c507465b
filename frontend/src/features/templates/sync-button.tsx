/** Compares the templates with Meta's, account by account, and says what came of it. */
import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { sentenceOf } from "@/lib/api/problem";
import { formatCount } from "@/lib/format";
import { numbersQuery, type SyncResult, useSync } from "./api";
import { oneOfEach } from "./basics-fields";

export function seen(sum: SyncResult): number {
  return sum.adopted + sum.updated + sum.unchanged;
}

/** `3 new, 1 updated.`, or that nothing differed. */
export function syncWords(sum: SyncResult): string {
  const parts = [
    [sum.adopted, "new"],
    [sum.updated, "updated"],
    [sum.vanished, "gone at Meta"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return said.length > 0
    ? `Compared with WhatsApp: ${said.join(", ")}.`
    : `Compared with WhatsApp: all ${formatCount(seen(sum))} are as they were.`;
}

export function SyncButton() {
  const numbers = useQuery(numbersQuery);
  const [sum, setSum] = useState<SyncResult | null>(null);
  const ids = oneOfEach(numbers.data?.items ?? []).map(({ id }) => id);
  const sync = useSync(ids, setSum);
  if (ids.length === 0) return null;
  return (
    <>
      <Button
        isBusy={sync.isPending}
        onClick={() => {
          setSum(null);
          sync.mutate(undefined, {
            onSuccess: (result) => toast.success(syncWords(result)),
            onError: (error) => toast.error(sentenceOf(error)),
          });
        }}
      >
        {sync.isPending ? null : <RefreshCw aria-hidden />}
        {sync.isPending && sum ? `Compared ${formatCount(seen(sum))}` : "Sync from WhatsApp"}
      </Button>
      <span role="status" className="sr-only">
        {sync.isPending ? `Comparing; ${sum ? seen(sum) : 0} templates so far` : ""}
      </span>
    </>
  );
}
