/** The frame of the signed-in app: a rail on wide screens, bars above and below on phones. */
import { Link, useLocation } from "@tanstack/react-router";
import { ContactRound, FileText, Megaphone, MessagesSquare, Smartphone } from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect, useRef } from "react";
import { Logo } from "./logo";
import { Suspended } from "./suspended";

const LazyUserMenu = lazy(() => import("./user-menu"));

const PLACES = [
  { to: "/campaigns", label: "Campaigns", icon: Megaphone },
  { to: "/inbox", label: "Inbox", icon: MessagesSquare },
  { to: "/contacts", label: "Contacts", icon: ContactRound },
  { to: "/templates", label: "Templates", icon: FileText },
] as const;

const SETTINGS = [{ to: "/settings/numbers", label: "Numbers", icon: Smartphone }] as const;

/** Five at most: more would be too narrow to hit on a phone. */
const ON_PHONES = [...PLACES, ...SETTINGS] as const;

/** The menu's code is a fifth of the first load and nobody's first need: it comes after the screen. */
function UserMenu({ isCompact = false }: { isCompact?: boolean }) {
  return (
    <Suspense fallback={<span className="m-2 block size-8 rounded-full bg-rail-raised" />}>
      <LazyUserMenu isCompact={isCompact} />
    </Suspense>
  );
}

function RailLink({ to, label, icon: Icon }: (typeof ON_PHONES)[number]) {
  return (
    <Link
      to={to}
      className="flex h-9 items-center gap-3 rounded-control px-2.5 font-medium text-rail-muted outline-accent hover:bg-rail-raised hover:text-rail-ink data-[status=active]:bg-rail-raised data-[status=active]:text-rail-ink data-[status=active]:[&_svg]:text-accent"
    >
      <Icon aria-hidden className="size-4.5" strokeWidth={1.9} />
      {label}
    </Link>
  );
}

function Rail() {
  return (
    <header className="z-20 hidden w-54 shrink-0 flex-col bg-rail text-rail-ink lg:flex">
      <Link to="/campaigns" className="mx-5 mt-5 mb-6 self-start outline-offset-4">
        <Logo />
      </Link>
      <nav aria-label="Main" className="flex flex-1 flex-col gap-0.5 overflow-y-auto px-3">
        {PLACES.map((place) => (
          <RailLink key={place.to} {...place} />
        ))}
        <p className="mt-5 px-2.5 pb-1 text-rail-muted text-xs">Settings</p>
        {SETTINGS.map((place) => (
          <RailLink key={place.to} {...place} />
        ))}
      </nav>
      <div className="border-rail-raised border-t p-2">
        <UserMenu />
      </div>
    </header>
  );
}

function TopBar() {
  return (
    <header className="z-20 flex h-13 shrink-0 items-center justify-between bg-rail px-4 text-rail-ink lg:hidden">
      <Link to="/campaigns">
        <Logo />
      </Link>
      <UserMenu isCompact />
    </header>
  );
}

function BottomBar() {
  return (
    <nav
      aria-label="Main"
      className="z-20 grid grid-cols-5 border-t bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      {ON_PHONES.map(({ to, label, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          className="flex h-14 flex-col items-center justify-center gap-1 min-w-0 font-medium text-[0.6875rem] text-muted -outline-offset-2 sm:text-xs data-[status=active]:text-brand-text"
        >
          <Icon aria-hidden className="size-5" strokeWidth={1.9} />
          {label}
        </Link>
      ))}
    </nav>
  );
}

/**
 * After a change of screen the focus goes to its content, as it would on a new page: a keyboard
 * then scrolls it, and a screen reader begins there. Not on arrival, where the skip link is first.
 */
function useFocusOnArrival() {
  const main = useRef<HTMLElement>(null);
  const path = useLocation({ select: ({ pathname }) => pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    if (!main.current?.contains(document.activeElement)) main.current?.focus();
  }, [path]);
  return main;
}

/** The window's height is the frame's: only `main` scrolls, so that no bar ever covers content. */
export function Shell({ children }: { children: ReactNode }) {
  const main = useFocusOnArrival();
  return (
    <>
      <a
        href="#main"
        className="-translate-y-16 fixed top-2 left-2 z-50 rounded-control bg-brand px-4 py-2 font-medium text-brand-ink focus:translate-y-0"
      >
        Skip to content
      </a>
      <div className="flex h-dvh flex-col lg:flex-row">
        <Rail />
        <TopBar />
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <Suspended />
          <main
            id="main"
            ref={main}
            tabIndex={-1}
            data-scroll-restoration-id="main"
            className="min-h-0 min-w-0 flex-1 overflow-y-auto outline-none"
          >
            {children}
          </main>
        </div>
        <BottomBar />
      </div>
    </>
  );
}
