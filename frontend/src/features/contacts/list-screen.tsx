/** All contacts by name, with a search. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ContactRound, FileDown, Search, SearchX, Upload } from "lucide-react";
import { lazy, Suspense, useDeferredValue, useEffect, useState } from "react";
import { Avatar } from "@/components/app/avatar";
import { ContactTabs } from "@/components/app/contact-tabs";
import { Page } from "@/components/app/page";
import { Empty, Failure, Stale } from "@/components/app/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { SkeletonRows } from "@/components/ui/skeleton";
import { useCan } from "@/lib/permissions";
import { type Contact, contactsQuery } from "./api";

const ContactsExport = lazy(() => import("./contacts-export"));

const TYPING_PAUSE_MS = 250;

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value.trim()), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return useDeferredValue(settled);
}

function ImportLink() {
  return (
    <Button asChild variant="primary">
      <Link to="/contacts/import">
        <Upload aria-hidden />
        Import CSV
      </Link>
    </Button>
  );
}

function Row({ contact }: { contact: Contact }) {
  const regions = new Intl.DisplayNames("en", { type: "region" });
  const fields = Object.entries(contact.fields);
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <Avatar name={contact.name} seed={contact.id} className="size-9" />
      <div className="min-w-0 flex-1 sm:grid sm:grid-cols-[1.2fr_1fr_1.2fr] sm:items-center sm:gap-4">
        <p className="truncate font-medium">
          {contact.name || (
            <span className="font-normal text-muted">
              {contact.username ? `@${contact.username}` : "Without a name"}
            </span>
          )}
        </p>
        <p className="tabular truncate text-muted">
          {contact.phone ?? contact.bsuid ?? "–"}
          {contact.country ? (
            <span className="hidden text-xs lg:inline"> · {regions.of(contact.country)}</span>
          ) : null}
        </p>
        <p className="hidden min-w-0 truncate text-muted text-xs sm:block">
          {fields.map(([name, value]) => `${name}: ${value}`).join(" · ")}
        </p>
      </div>
      <div className="flex max-w-32 shrink-0 flex-wrap justify-end gap-1.5 sm:w-52 sm:max-w-none">
        {contact.opted_out ? <Badge tone="warn">Opted out</Badge> : null}
        {contact.unreachable ? (
          <Badge tone="warn" title={contact.unreachable.next_step}>
            {contact.unreachable.title}
          </Badge>
        ) : null}
        {contact.tags.slice(0, 2).map((tag) => (
          <span key={tag} className="truncate rounded-full border px-2 py-0.5 text-muted text-xs">
            {tag}
          </span>
        ))}
        {contact.tags.length > 2 ? (
          <span className="py-0.5 text-muted text-xs" title={contact.tags.join(", ")}>
            +{contact.tags.length - 2}
          </span>
        ) : null}
      </div>
    </li>
  );
}

export function ContactListScreen() {
  const [text, setText] = useState("");
  const prefix = useSettled(text);
  const query = useInfiniteQuery(contactsQuery(prefix));
  const canWrite = useCan("contacts:write");
  const [isExporting, setIsExporting] = useState(false);
  const contacts = query.data?.pages.flatMap((page) => page.items);

  const body = () => {
    if (!contacts) {
      if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
      return <SkeletonRows rows={8} label="The contacts are being loaded" />;
    }
    if (contacts.length > 0) {
      return (
        <ul aria-label="Contacts" className="divide-y">
          {contacts.map((contact) => (
            <Row key={contact.id} contact={contact} />
          ))}
        </ul>
      );
    }
    if (prefix) {
      return (
        <Empty icon={SearchX} title={`No name begins with “${prefix}”`}>
          The search looks at the beginning of names.
        </Empty>
      );
    }
    return (
      <Empty
        icon={ContactRound}
        title="No contacts yet"
        action={canWrite ? <ImportLink /> : undefined}
      >
        Import a CSV file with a phone column. Names, tags and fields of your own come along.
      </Empty>
    );
  };

  return (
    <Page
      title="Contacts"
      actions={
        canWrite ? (
          <>
            {contacts?.length ? (
              <Button onClick={() => setIsExporting(true)}>
                <FileDown aria-hidden />
                Export
              </Button>
            ) : null}
            <ImportLink />
          </>
        ) : null
      }
    >
      <ContactTabs />
      {isExporting ? (
        <Suspense>
          <ContactsExport onClose={() => setIsExporting(false)} />
        </Suspense>
      ) : null}
      {contacts && query.error ? (
        <Stale error={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      <search className="relative mb-3 block max-w-sm">
        <Search
          aria-hidden
          className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-3 size-4 text-muted"
        />
        <Input
          type="search"
          aria-label="Search by the beginning of a name"
          placeholder="Name begins with…"
          maxLength={100}
          autoComplete="off"
          className="pl-9"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </search>
      <Card aria-label="Contacts" aria-busy={query.isPlaceholderData}>
        {body()}
      </Card>
      {query.hasNextPage ? (
        <div className="mt-4 text-center">
          <Button isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more contacts
          </Button>
        </div>
      ) : null}
    </Page>
  );
}
