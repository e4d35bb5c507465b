import { createFileRoute } from "@tanstack/react-router";
import { MessagesSquare } from "lucide-react";
import { useTitle } from "@/components/app/page";
import { Empty } from "@/components/app/states";

export const Route = createFileRoute("/_app/inbox/")({ component: NothingChosen });

function NothingChosen() {
  useTitle("Inbox");
  return (
    <div className="grid flex-1 place-content-center">
      <Empty icon={MessagesSquare} title="Choose a conversation">
        With the keyboard: arrow keys go through the list, Enter opens.
      </Empty>
    </div>
  );
}
