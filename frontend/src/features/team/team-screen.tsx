/** Who is in the team, who is invited, and the roles that they have. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Page } from "@/components/app/page";
import { Failure } from "@/components/app/states";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { meQuery, useCan } from "@/lib/permissions";
import { type Member, type Role, rolesQuery, teamQuery } from "./api";
import { MemberRow } from "./member-row";
import { OwnRoles } from "./own-roles";
import { isLastOwner, mayGive, mayTouch } from "./roles";

const InviteDialog = lazy(() => import("./invite-dialog"));
const RoleDialog = lazy(() => import("./role-dialog"));

interface MembersProps {
  team: readonly Member[];
  isWhole: boolean;
  roles: readonly Role[];
  canWrite: boolean;
  onRole: (member: Member) => void;
}

function Members({ team, isWhole, roles, canWrite, onRole }: MembersProps) {
  const me = useQuery(meQuery);
  const own = new Set(me.data?.permissions);
  // The API has them in no order that means something.
  const sorted = [...team].sort(
    (a, b) =>
      Number(a.state === "invited") - Number(b.state === "invited") ||
      (a.name || a.email).localeCompare(b.name || b.email),
  );
  return (
    <ul aria-label="Members" className="divide-y">
      {sorted.map((member) => (
        <MemberRow
          key={member.id}
          member={member}
          isSelf={member.id === me.data?.user.id}
          isLastOwner={isLastOwner(member, team, isWhole)}
          mayTouch={canWrite && mayTouch(own, member, roles)}
          hasRole={roles.some(({ name }) => name === member.role)}
          onRole={() => onRole(member)}
        />
      ))}
    </ul>
  );
}

export function TeamScreen() {
  const team = useInfiniteQuery(teamQuery);
  const roles = useQuery(rolesQuery);
  const me = useQuery(meQuery);
  const canWrite = useCan("users:write");
  const [isInviting, setIsInviting] = useState(false);
  const [changed, setChanged] = useState<Member | null>(null);
  const members = team.data?.pages.flatMap((page) => page.items);
  const own = new Set(me.data?.permissions);
  const given = roles.data?.items.filter((role) => mayGive(own, role)) ?? [];
  const error = team.error ?? roles.error;

  const body = () => {
    if (members && roles.data) {
      return (
        <Members
          team={members}
          isWhole={!team.hasNextPage}
          roles={roles.data.items}
          canWrite={canWrite}
          onRole={setChanged}
        />
      );
    }
    if (error) {
      const retry = () => void Promise.all([team.refetch(), roles.refetch()]);
      return <Failure error={error} onRetry={retry} />;
    }
    return <SkeletonRows rows={4} label="The team is being loaded" />;
  };

  return (
    <Page
      title="Team"
      className="max-w-4xl"
      actions={
        canWrite && roles.data ? (
          <Button variant="primary" onClick={() => setIsInviting(true)}>
            <UserPlus aria-hidden />
            Invite
          </Button>
        ) : null
      }
    >
      <div className="flex flex-col gap-4">
        <Card aria-labelledby="members-title">
          <CardHeading id="members-title" title="Members" />
          {body()}
        </Card>
        {team.hasNextPage ? (
          <Button
            className="self-center"
            isBusy={team.isFetchingNextPage}
            onClick={() => void team.fetchNextPage()}
          >
            Show more members
          </Button>
        ) : null}
        {roles.data ? <OwnRoles roles={roles.data.items} canWrite={canWrite} /> : null}
      </div>
      <Suspense>
        {isInviting ? <InviteDialog roles={given} onClose={() => setIsInviting(false)} /> : null}
        {changed ? (
          <RoleDialog member={changed} roles={given} onClose={() => setChanged(null)} />
        ) : null}
      </Suspense>
    </Page>
  );
}
