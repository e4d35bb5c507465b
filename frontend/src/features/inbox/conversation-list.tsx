/** The conversations, latest first. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MessagesSquare, Reply } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { Avatar } from "@/components/app/avatar";
import { Empty, Failure, Stale } from "@/components/app/states";
import { Button } from "@/components/ui/button";
import { Segments } from "@/components/ui/segments";
import { SkeletonRows } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { formatCount, formatRecent } from "@/lib/format";
import { useCan } from "@/lib/permissions";
import { useNow } from "@/lib/use-now";
import { type Conversation, conversationsQuery, type Folder, nameOf, type Whose } from "./api";

const FOLDERS = [
  { value: "open", label: "Open" },
  { value: "resolved", label: "Resolved" },
] as const;

const EVERYBODYS = { value: "all", label: "All" } as const;
const MINE = { value: "me", label: "Mine" } as const;
const NOBODYS = { value: "nobody", label: "Unassigned" } as const;

/** What somebody can choose from: everything, theirs and nobody's, or theirs alone. */
function useWhose(): readonly { value: Whose; label: string }[] {
  const seesAll = useCan("conversations:all");
  const seesNobodys = useCan("conversations:unassigned");
  if (seesAll) return [EVERYBODYS, MINE, NOBODYS];
  return seesNobodys ? [MINE, NOBODYS] : [];
}

function Row({ conversation: one, now }: { conversation: Conversation; now: Date }) {
  const isUnread = one.unread > 0;
  return (
    <li>
      <Link
        to="/inbox/$contactId"
        params={{ contactId: one.contact_id }}
        className="flex gap-3 border-line/70 border-b px-4 py-3 -outline-offset-2 hover:bg-sunken/70 data-[status=active]:bg-brand-soft/70"
      >
        <Avatar name={one.contact_name} seed={one.contact_id} />
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline justify-between gap-2">
            <span className={cn("truncate", isUnread ? "font-semibold" : "font-medium")}>
              {nameOf(one)}
            </span>
            <time
              dateTime={one.last_activity_at}
              className={cn("shrink-0 text-xs", isUnread ? "text-accent-text" : "text-muted")}
            >
              {formatRecent(one.last_activity_at, now)}
            </time>
          </span>
          <span className="mt-0.5 flex items-center gap-2">
            <span className={cn("min-w-0 flex-1 truncate", isUnread ? "text-ink" : "text-muted")}>
              {one.last_direction === "out" ? (
                <>
                  <Reply aria-hidden className="mr-1 inline size-3.5" />
                  <span className="sr-only">You: </span>
                </>
              ) : null}
              {one.last_message || "Message without text"}
            </span>
            {isUnread ? (
              <span className="tabular grid h-5 min-w-5 shrink-0 place-items-center rounded-full bg-accent px-1.5 font-semibold text-accent-ink text-xs">
                {formatCount(one.unread)}
                <span className="sr-only"> unread</span>
              </span>
            ) : null}
          </span>
        </span>
      </Link>
    </li>
  );
}

/** Arrow keys go from conversation to conversation, as in every inbox. */
function moveByArrows(event: KeyboardEvent<HTMLUListElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const links = [...event.currentTarget.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  const next = links[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}

export function ConversationList({ className }: { className?: string }) {
  const [folder, setFolder] = useState<Folder>("open");
  const [chosen, setWhose] = useState<Whose>("all");
  const choices = useWhose();
  // Without a choice the API gives what there is to see.
  const whose = choices.some((one) => one.value === chosen) ? chosen : (choices[0]?.value ?? "all");
  const query = useInfiniteQuery(conversationsQuery(folder, whose));
  const now = useNow(60_000);
  const conversations = query.data?.pages.flatMap((page) => page.items);

  const body = () => {
    if (!conversations) {
      if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
      return <SkeletonRows rows={7} label="The conversations are being loaded" />;
    }
    if (conversations.length === 0) {
      if (whose !== "all") {
        return (
          <Empty icon={MessagesSquare} title={whose === "me" ? "None is yours" : "All are taken"}>
            {whose === "me"
              ? "Conversations that are assigned to you appear here."
              : "Conversations that nobody has taken yet appear here."}
          </Empty>
        );
      }
      return folder === "open" ? (
        <Empty icon={MessagesSquare} title="No open conversations">
          When a customer answers a campaign or writes to your number, it appears here.
        </Empty>
      ) : (
        <Empty icon={MessagesSquare} title="Nothing resolved yet">
          Conversations that you resolve are kept here.
        </Empty>
      );
    }
    return (
      <ul onKeyDown={moveByArrows}>
        {conversations.map((one) => (
          <Row key={one.contact_id} conversation={one} now={now} />
        ))}
      </ul>
    );
  };

  return (
    <section
      aria-label="Conversations"
      className={cn("min-h-0 flex-col border-r bg-surface", className)}
    >
      <div className="flex h-14 shrink-0 items-center justify-between gap-3 border-b px-4">
        <h2 className="text-lg">Inbox</h2>
        <Segments label="Show" value={folder} options={FOLDERS} onChange={setFolder} />
      </div>
      {choices.length > 1 ? (
        <div className="shrink-0 border-b px-4 py-2">
          <Segments
            label="Whose"
            value={whose}
            options={choices}
            onChange={setWhose}
            className="flex"
          />
        </div>
      ) : null}
      <div className="min-h-0 flex-1 overflow-y-auto">
        {conversations && query.error ? (
          <Stale error={query.error} onRetry={() => void query.refetch()} />
        ) : null}
        {body()}
        {query.hasNextPage ? (
          <div className="p-4 text-center">
            <Button
              size="sm"
              isBusy={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              Show older conversations
            </Button>
          </div>
        ) : null}
      </div>
    </section>
  );
}
