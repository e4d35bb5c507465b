import { createFileRoute, Outlet, useParams } from "@tanstack/react-router";
import { ConversationList } from "@/features/inbox/conversation-list";
import { cn } from "@/lib/cn";

export const Route = createFileRoute("/_app/inbox")({ component: Inbox });

/** Side by side where there is room; on a phone the list and the thread are two screens. */
function Inbox() {
  const isThreadOpen = useParams({ strict: false }).contactId !== undefined;
  return (
    <div className="grid h-full grid-cols-[minmax(0,1fr)] grid-rows-[minmax(0,1fr)] md:grid-cols-[19rem_minmax(0,1fr)] xl:grid-cols-[23rem_minmax(0,1fr)]">
      <h1 className="sr-only">Inbox</h1>
      <ConversationList className={cn(isThreadOpen ? "hidden md:flex" : "flex")} />
      <div
        className={cn("min-h-0 min-w-0 flex-col bg-chat", isThreadOpen ? "flex" : "hidden md:flex")}
      >
        <Outlet />
      </div>
    </div>
  );
}
