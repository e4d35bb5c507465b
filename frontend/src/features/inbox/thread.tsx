/** The messages of one conversation, newest at the bottom. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { ArrowDown } from "lucide-react";
import { Fragment, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Failure } from "@/components/app/states";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { formatDay } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { inReadingOrder, type Message, messagesQuery } from "./api";
import { Bubble, type BubbleActions, PendingBubble } from "./bubble";
import type { Outbox } from "./outbox";

const NEAR_PX = 80;

function isNewDay(message: Message, before: Message | undefined): boolean {
  return !before || new Date(before.at).toDateString() !== new Date(message.at).toDateString();
}

function Loading() {
  return (
    <div role="status" className="flex flex-1 flex-col justify-end gap-3 p-4">
      <span className="sr-only">The messages are being loaded</span>
      <Skeleton className="h-14 w-3/5 rounded-xl" />
      <Skeleton className="h-10 w-2/5 self-end rounded-xl" />
      <Skeleton className="h-16 w-1/2 rounded-xl" />
    </div>
  );
}

/** Keeps the newest message in sight, and the reader's place when older ones are put above. */
function useScroll(messages: readonly Message[] | undefined, pending: number) {
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const before = useRef({ first: "", height: 0 });
  const [hasNewBelow, setHasNewBelow] = useState(false);
  const first = messages?.at(0)?.id ?? "";
  const last = messages?.at(-1)?.id ?? "";

  function toEnd() {
    box.current?.scrollTo({ top: box.current.scrollHeight });
    setHasNewBelow(false);
  }

  function onScroll() {
    const element = box.current;
    if (!element) return;
    isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    if (isAtEnd.current) setHasNewBelow(false);
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new last message is the event
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const grown = element.scrollHeight - before.current.height;
    if (isAtEnd.current) {
      element.scrollTop = element.scrollHeight;
    } else if (before.current.first !== "" && before.current.first !== first) {
      element.scrollTop += grown;
    } else {
      setHasNewBelow(true);
    }
    before.current = { first, height: element.scrollHeight };
  }, [first, last]);

  // Pictures grow when they arrive: whoever is at the end stays there.
  const content = useRef<HTMLDivElement>(null);
  const isLoaded = messages !== undefined;
  useEffect(() => {
    if (!isLoaded || !content.current || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => {
      if (isAtEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
    });
    observer.observe(content.current);
    return () => observer.disconnect();
  }, [isLoaded]);

  useEffect(() => {
    if (pending > 0 && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [pending]);

  return { box, content, hasNewBelow, toEnd, onScroll };
}

interface ThreadProps {
  contactId: string;
  outbox: Outbox;
  actions: BubbleActions | null;
}

export function Thread({ contactId, outbox, actions }: ThreadProps) {
  const query = useInfiniteQuery(messagesQuery(contactId));
  const messages = useMemo(() => query.data && inReadingOrder(query.data.pages), [query.data]);
  const now = useNow(60_000);
  const { box, content, hasNewBelow, toEnd, onScroll } = useScroll(messages, outbox.items.length);

  if (!messages) {
    if (!query.error) return <Loading />;
    return (
      <div className="flex flex-1 flex-col justify-center">
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      </div>
    );
  }

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={box}
        role="log"
        aria-label="Messages"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
        className="h-full overflow-y-auto -outline-offset-2"
      >
        <div
          ref={content}
          className="mx-auto flex min-h-full max-w-3xl flex-col justify-end px-4 py-4"
        >
          {query.hasNextPage ? (
            <div className="mb-4 text-center">
              <Button
                size="sm"
                isBusy={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                Load older messages
              </Button>
            </div>
          ) : null}
          <ol className="flex flex-col gap-2">
            {messages.map((message, index) => (
              <Fragment key={message.id}>
                {isNewDay(message, messages[index - 1]) ? (
                  <li className="my-2 self-center rounded-full bg-sunken px-3 py-0.5 text-muted text-xs">
                    {formatDay(message.at, now)}
                  </li>
                ) : null}
                <Bubble contactId={contactId} message={message} actions={actions} />
              </Fragment>
            ))}
            {outbox.items.map((item) => (
              <PendingBubble
                key={item.key}
                item={item}
                onRetry={() => outbox.retry(item)}
                onDiscard={() => outbox.discard(item)}
              />
            ))}
          </ol>
        </div>
      </div>
      {hasNewBelow ? (
        <Button
          size="sm"
          className="-translate-x-1/2 absolute bottom-3 left-1/2 rounded-full shadow-md"
          onClick={toEnd}
        >
          <ArrowDown aria-hidden />
          New messages
        </Button>
      ) : null}
    </div>
  );
}
