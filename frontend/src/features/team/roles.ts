/** Roles in words, and who may touch whom: the API's own rule, so that nothing is offered in vain. */
import { humanise } from "@/lib/format";
import type { Member, Role } from "./api";

const BUILT_IN: Record<string, string> = {
  owner: "Everything, the business itself included.",
  admin: "Everything but changing or deleting the business.",
  manager: "Contacts, templates, campaigns and the inbox; sees numbers and costs.",
  agent: "The inbox; sees contacts and templates.",
  viewer: "Sees everything but API keys and the audit trail, changes nothing.",
};

export function roleWords(name: string): string {
  return humanise(name);
}

/** What a role may do, in a sentence. */
export function roleHint(role: Role): string {
  const known = role.is_built_in ? BUILT_IN[role.name] : undefined;
  return known ?? `${role.permissions.length} permissions of your own choice.`;
}

/** Nobody gives what is above them. */
export function mayGive(own: ReadonlySet<string>, role: Role): boolean {
  return role.permissions.every((permission) => own.has(permission));
}

/** Nobody changes who is above them; a role that is gone holds nothing. */
export function mayTouch(
  own: ReadonlySet<string>,
  member: Pick<Member, "role">,
  roles: readonly Role[],
): boolean {
  const role = roles.find(({ name }) => name === member.role);
  return role === undefined || mayGive(own, role);
}

/** The one who must stay: with nobody else an owner, as far as the whole team is known. */
export function isLastOwner(member: Member, team: readonly Member[], isWhole: boolean): boolean {
  const owners = team.filter(({ role, state }) => role === "owner" && state === "active");
  return isWhole && owners.length === 1 && owners[0]?.id === member.id;
}

/** What is wrong with the name of a role, or nothing. */
export function nameProblem(name: string, others: readonly string[]): string | undefined {
  if (!/^[a-z][a-z0-9_-]{1,31}$/.test(name)) {
    return "Use 2 to 32 small letters, digits, - and _; a letter first, e.g. night-shift.";
  }
  return others.includes(name) ? `There is a role ${name} already.` : undefined;
}
