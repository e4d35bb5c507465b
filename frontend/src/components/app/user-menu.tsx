/** Who is signed in, the colours, and the way out; loaded after the screen it stands on. */
import { useNavigate } from "@tanstack/react-router";
import { CircleUser, LogOut, Monitor, Moon, Sun } from "lucide-react";
import { api, done } from "@/lib/api/client";
import { endSession, useSession } from "@/lib/api/session";
import { useMay } from "@/lib/permissions";
import { setTheme, type Theme, useTheme } from "@/lib/theme";
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from "../ui/menu";
import { Avatar } from "./avatar";
import { SETTINGS } from "./places";

const THEMES: { value: Theme; label: string; icon: typeof Sun }[] = [
  { value: "light", label: "Light", icon: Sun },
  { value: "dark", label: "Dark", icon: Moon },
  { value: "system", label: "Like the system", icon: Monitor },
];

/** On phones the bar below has the numbers. */
const IN_MENU = SETTINGS.filter(({ to }) => to !== "/settings/numbers");

export default function UserMenu({ isCompact = false }: { isCompact?: boolean }) {
  const session = useSession((state) => state.session);
  const theme = useTheme((state) => state.theme);
  const navigate = useNavigate();
  const may = useMay();
  if (!session) return null;

  async function signOut() {
    // Signed out here in any case; the API is told if it can be reached.
    await done(api.POST("/api/auth/logout")).catch(() => undefined);
    endSession(true);
    await navigate({ to: "/login" });
  }

  return (
    <Menu modal={false}>
      <MenuTrigger
        aria-label={isCompact ? `Account of ${session.user.name}` : undefined}
        className={
          isCompact
            ? "rounded-full"
            : "flex w-full items-center gap-2.5 rounded-control p-2 text-left hover:bg-rail-raised"
        }
      >
        <Avatar name={session.user.name} seed={session.user.id} className="size-8 text-xs" />
        {isCompact ? null : (
          <span className="min-w-0">
            <span className="sr-only">Account of </span>
            <span className="block truncate font-medium text-[0.8125rem] text-rail-ink">
              {session.user.name}
            </span>
            <span className="block truncate text-rail-muted text-xs">{session.tenant.name}</span>
          </span>
        )}
      </MenuTrigger>
      <MenuContent align={isCompact ? "end" : "start"} side={isCompact ? "bottom" : "top"}>
        <div className="px-2.5 py-1.5">
          <p className="font-medium">{session.user.name}</p>
          <p className="truncate text-muted text-xs">{session.user.email}</p>
        </div>
        <MenuSeparator />
        <MenuItem onSelect={() => void navigate({ to: "/account" })}>
          <CircleUser aria-hidden />
          Your account
        </MenuItem>
        {isCompact
          ? IN_MENU.filter(({ permission }) => may(permission)).map(({ to, label, icon: Icon }) => (
              <MenuItem key={to} onSelect={() => void navigate({ to })}>
                <Icon aria-hidden />
                {label}
              </MenuItem>
            ))
          : null}
        <MenuSeparator />
        <MenuLabel>Colours</MenuLabel>
        <MenuRadioGroup value={theme} onValueChange={(value) => setTheme(value as Theme)}>
          {THEMES.map(({ value, label, icon: Icon }) => (
            <MenuRadioItem key={value} value={value}>
              <Icon aria-hidden />
              {label}
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
        <MenuSeparator />
        <MenuItem onSelect={() => void signOut()}>
          <LogOut aria-hidden />
          Sign out
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
