/** The frame of the signed-in app: a rail on wide screens, bars above and below on phones. */
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { ContactRound, FileText, Megaphone, MessagesSquare, Smartphone } from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect, useRef } from "react";
import { MAIN, meQuery } from "@/lib/permissions";
import { Logo } from "./logo";
import { RailLink } from "./rail-link";

const LazyUserMenu = lazy(() => import("./user-menu"));
const LazySettings = lazy(() => import("./rail-settings"));
const LazyNotices = lazy(() => import("./notices"));

const ICONS = {
  "/campaigns": Megaphone,
  "/inbox": MessagesSquare,
  "/contacts": ContactRound,
  "/templates": FileText,
  "/settings/numbers": Smartphone,
};

/** The main places that the role may see; all of them until that is known, for most may. */
function usePlaces() {
  const { data } = useQuery(meQuery);
  return MAIN.filter(({ permission }) => !data || data.permissions.includes(permission));
}

/** The menu's code is a fifth of the first load and nobody's first need: it comes after the screen. */
function UserMenu({ isCompact = false }: { isCompact?: boolean }) {
  return (
    <Suspense fallback={<span className="m-2 block size-8 rounded-full bg-rail-raised" />}>
      <LazyUserMenu isCompact={isCompact} />
    </Suspense>
  );
}

/** Hardly anybody needs them, so their code is loaded for those who do. */
function Notices() {
  const { data } = useQuery(meQuery);
  const isQuiet = data?.user.is_email_verified && !data.tenant.suspension && !data.deletion_due_at;
  if (!data || isQuiet) return null;
  return (
    <Suspense>
      <LazyNotices me={data} />
    </Suspense>
  );
}

function Rail() {
  const places = usePlaces().filter(({ to }) => to !== "/settings/numbers");
  return (
    <header className="z-20 hidden w-54 shrink-0 flex-col bg-rail text-rail-ink lg:flex">
      <Link to="/" className="mx-5 mt-5 mb-6 self-start outline-offset-4">
        <Logo />
      </Link>
      <nav aria-label="Main" className="flex flex-1 flex-col gap-0.5 overflow-y-auto px-3">
        {places.map(({ to, label }) => (
          <RailLink key={to} to={to} label={label} icon={ICONS[to]} />
        ))}
        <Suspense>
          <LazySettings />
        </Suspense>
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
      <Link to="/">
        <Logo />
      </Link>
      <UserMenu isCompact />
    </header>
  );
}

function PlaceIcon({ to }: { to: keyof typeof ICONS }) {
  const Icon = ICONS[to];
  return <Icon aria-hidden className="size-5" strokeWidth={1.9} />;
}

/** Five at most: more would be too narrow to hit on a phone, whose account menu has the others. */
function BottomBar() {
  const places = usePlaces();
  return (
    <nav
      aria-label="Main"
      className="z-20 grid auto-cols-fr grid-flow-col border-t bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      {places.map(({ to, label }) => (
        <Link
          key={to}
          to={to}
          className="flex h-14 flex-col items-center justify-center gap-1 min-w-0 font-medium text-[0.6875rem] text-muted -outline-offset-2 sm:text-xs data-[status=active]:text-brand-text"
        >
          <PlaceIcon to={to} />
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
          <Notices />
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
