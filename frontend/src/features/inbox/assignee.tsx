/** Whose conversation it is: shown to all, and changed by whoever may answer in it. */
import { useQuery } from "@tanstack/react-query";
import { UserRound } from "lucide-react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/input";
import { sentenceOf } from "@/lib/api/problem";
import { useSession } from "@/lib/api/session";
import { useCan } from "@/lib/permissions";
import { type Conversation, teamQuery, type useUpdateConversation } from "./api";

interface AssigneeProps {
  conversation: Conversation;
  update: ReturnType<typeof useUpdateConversation>;
  canWrite: boolean;
}

/** A list of the team for whoever may see it; for others, taking it and handing it back. */
export function Assignee({ conversation, update, canWrite }: AssigneeProps) {
  const canChoose = useCan("users:read");
  const me = useSession(({ session }) => session?.user.id);
  const team = useQuery({ ...teamQuery, enabled: canChoose });
  const current = conversation.assignee_id;

  const assign = (assigneeId: string | null) =>
    update.mutate(
      { assignee_id: assigneeId },
      {
        onSuccess: () =>
          toast.success(
            assigneeId === null
              ? "Handed back."
              : assigneeId === me
                ? "It is yours now."
                : "Handed over.",
          ),
        onError: (error) => toast.error(sentenceOf(error)),
      },
    );

  if (canWrite && canChoose) {
    const members = (team.data ?? []).filter((one) => one.state === "active");
    const isKnown = current === null || members.some((one) => one.id === current);
    return (
      <Select
        aria-label="Assigned to"
        className="h-8 w-auto max-w-36 text-[0.8125rem] sm:max-w-48"
        value={current ?? ""}
        disabled={update.isPending}
        onChange={(event) => assign(event.target.value || null)}
      >
        <option value="">Nobody</option>
        {isKnown ? null : <option value={current ?? ""}>A former colleague</option>}
        {members.map((one) => (
          <option key={one.id} value={one.id}>
            {one.id === me ? `${one.name} (you)` : one.name}
          </option>
        ))}
      </Select>
    );
  }
  if (canWrite && me && (current === null || current === me)) {
    return (
      <Button
        size="sm"
        variant="ghost"
        isBusy={update.isPending && update.variables?.assignee_id !== undefined}
        onClick={() => assign(current === null ? me : null)}
      >
        <UserRound aria-hidden />
        {current === null ? "Take" : "Hand back"}
      </Button>
    );
  }
  return (
    <span className="shrink-0 text-muted text-xs">
      {current === null ? "Nobody's yet" : current === me ? "Yours" : "A colleague's"}
    </span>
  );
}
