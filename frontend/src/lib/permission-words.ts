/** Permissions (`resource:action`) in words, in the order in which they are shown. */
import { humanise } from "./format";

const RESOURCES: Record<string, string> = {
  contacts: "Contacts",
  templates: "Templates",
  campaigns: "Campaigns",
  conversations: "Conversations",
  media: "Media",
  numbers: "Numbers",
  analytics: "Costs and analytics",
  users: "Team",
  api_keys: "API keys", // pragma: allowlist secret
  tenant: "Business",
  audit: "Audit trail",
};
const ORDER = Object.keys(RESOURCES);

const ACTIONS: Record<string, string> = {
  read: "See",
  write: "Change",
  all: "Everybody’s",
  unassigned: "Unassigned",
  erase: "Erase",
};

export function resourceWords(resource: string): string {
  return RESOURCES[resource] ?? humanise(resource);
}

export function actionWords(action: string): string {
  return ACTIONS[action] ?? humanise(action);
}

export interface ResourceRow {
  resource: string;
  permissions: string[];
}

/** Groups permissions by what they are about; what this page does not know comes last. */
export function byResource(permissions: readonly string[]): ResourceRow[] {
  const rows = new Map<string, string[]>();
  for (const permission of permissions) {
    const [resource = ""] = permission.split(":");
    rows.set(resource, [...(rows.get(resource) ?? []), permission]);
  }
  const place = (resource: string) => (ORDER.includes(resource) ? ORDER.indexOf(resource) : 99);
  const rank = (permission: string) => Object.keys(ACTIONS).indexOf(permission.split(":")[1] ?? "");
  return [...rows]
    .sort(([a], [b]) => place(a) - place(b))
    .map(([resource, held]) => ({
      resource,
      permissions: held.sort((a, b) => rank(a) - rank(b)),
    }));
}
