/** The screens about the business and who works in it, each with the permission that it takes. */
import { Building2, KeyRound, type LucideIcon, ScrollText, Smartphone, Users } from "lucide-react";
import type { Permission } from "@/lib/permissions";

interface Place {
  to:
    | "/settings/numbers"
    | "/settings/team"
    | "/settings/api-keys"
    | "/settings/business"
    | "/settings/audit";
  label: string;
  icon: LucideIcon;
  permission: Permission;
}

export const SETTINGS: readonly Place[] = [
  { to: "/settings/numbers", label: "Numbers", icon: Smartphone, permission: "numbers:read" },
  { to: "/settings/team", label: "Team", icon: Users, permission: "users:read" },
  { to: "/settings/api-keys", label: "API keys", icon: KeyRound, permission: "api_keys:read" },
  { to: "/settings/business", label: "Business", icon: Building2, permission: "tenant:read" },
  { to: "/settings/audit", label: "Audit trail", icon: ScrollText, permission: "audit:read" },
];
