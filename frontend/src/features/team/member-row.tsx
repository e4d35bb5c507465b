/** One member of the team, or somebody invited, with what may be done about them. */
import { toast } from "sonner";
import { Avatar } from "@/components/app/avatar";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { sentenceOf } from "@/lib/api/problem";
import { type Member, useInviteAgain, useRemove } from "./api";
import { roleWords } from "./roles";

interface MemberRowProps {
  member: Member;
  isSelf: boolean;
  isLastOwner: boolean;
  mayTouch: boolean;
  hasRole: boolean;
  onRole: () => void;
}

function Invited({ member }: { member: Member }) {
  const again = useInviteAgain();
  const remove = useRemove();
  const fail = (error: unknown) => toast.error(sentenceOf(error));
  return (
    <>
      <Button
        size="sm"
        aria-label={`Send again to ${member.email}`}
        isBusy={again.isPending}
        onClick={() =>
          again.mutate(member, {
            onSuccess: () => toast.success(`Another invitation to ${member.email} is on its way.`),
            onError: fail,
          })
        }
      >
        Send again
      </Button>
      <Button
        size="sm"
        aria-label={`Withdraw the invitation of ${member.email}`}
        isBusy={remove.isPending}
        onClick={() =>
          remove.mutate(member.id, {
            onSuccess: () => toast.success(`The invitation of ${member.email} is taken back.`),
            onError: fail,
          })
        }
      >
        Withdraw
      </Button>
    </>
  );
}

function Active({ member, onRole }: { member: Member; onRole: () => void }) {
  const remove = useRemove();
  return (
    <>
      <Button size="sm" aria-label={`Change role of ${member.name}`} onClick={onRole}>
        Change role
      </Button>
      <Confirm
        trigger={
          <Button size="sm" aria-label={`Remove ${member.name}`} isBusy={remove.isPending}>
            Remove
          </Button>
        }
        title={`Remove ${member.name}?`}
        action="Remove from the team"
        keep="Keep"
        tone="danger"
        onConfirm={() =>
          remove.mutate(member.id, {
            onSuccess: () => toast.success(`${member.name} is no longer in the team.`),
            onError: (error) => toast.error(sentenceOf(error)),
          })
        }
      >
        <p>
          They are signed out everywhere and cannot sign in any more. What they did stays. API keys
          that they made go on working: look at those too.
        </p>
      </Confirm>
    </>
  );
}

export function MemberRow({
  member,
  isSelf,
  isLastOwner,
  mayTouch,
  hasRole,
  onRole,
}: MemberRowProps) {
  const isInvited = member.state === "invited";
  const actions = () => {
    if (!mayTouch) return null;
    if (isLastOwner) {
      return (
        <p className="max-w-56 text-muted text-xs sm:text-right">
          The only owner stays one. Make somebody else an owner first.
        </p>
      );
    }
    return isInvited ? <Invited member={member} /> : <Active member={member} onRole={onRole} />;
  };
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
      <Avatar name={member.name || member.email} seed={member.id} className="size-9" />
      <div className="min-w-0 flex-1 basis-52">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
          <span className="wrap-anywhere">{member.name || member.email}</span>
          {isSelf ? <span className="font-normal text-muted">(you)</span> : null}
          {isInvited ? <Badge tone="warn">Invited</Badge> : null}
        </p>
        <p className="wrap-anywhere text-muted text-xs">
          {member.name ? `${member.email} · ` : ""}
          {roleWords(member.role)}
          {hasRole ? "" : " (there is no such role any more: they may do nothing)"}
          {isInvited || member.has_second_factor ? "" : " · no second factor"}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">{actions()}</div>
    </li>
  );
}
