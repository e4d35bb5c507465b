/** Where a reply is written. Enter sends, Shift+Enter starts a line. */
import { Clock, Lock, SendHorizontal } from "lucide-react";
import type { KeyboardEvent } from "react";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/input";
import { sentenceOf } from "@/lib/api/problem";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import type { Conversation, useSendMessage } from "./api";
import { setDraft, useDrafts } from "./drafts";
import { replyWindow } from "./window";

const MAX_LENGTH = 4096;

interface ComposerProps {
  conversation: Conversation;
  send: ReturnType<typeof useSendMessage>;
  canReply: boolean;
}

function Closed({ children }: { children: string }) {
  return (
    <p className="flex items-start gap-2.5 border-t bg-sunken px-4 py-3.5 text-muted">
      <Lock aria-hidden className="mt-0.5 size-4 shrink-0" />
      {children}
    </p>
  );
}

export function Composer({ conversation, send, canReply }: ComposerProps) {
  const id = conversation.contact_id;
  const draft = useDrafts((state) => state.drafts[id] ?? "");
  const now = useNow(15_000);
  const reply = replyWindow(conversation.window_closes_at, now);

  if (!canReply) return <Closed>Your role may read conversations, but not reply.</Closed>;
  if (!reply.isOpen) return <Closed>{reply.sentence}</Closed>;

  function submit() {
    const text = draft.trim();
    if (text === "" || text.length > MAX_LENGTH || send.isPending) return;
    setDraft(id, "");
    // A refused text goes back into the box, unless something new is there already.
    send.mutate(text, {
      onError: () => {
        if (!useDrafts.getState().drafts[id]) setDraft(id, text);
      },
    });
  }

  function onKeyDown(event: KeyboardEvent) {
    // While an input method is composing, Enter chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  }

  const tooLong = draft.trim().length - MAX_LENGTH;
  return (
    <form
      className="border-t bg-surface p-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div role="alert">
        {send.error ? (
          <p className="mb-2 rounded-control bg-danger-soft px-3 py-2 text-danger-text">
            Not sent. {sentenceOf(send.error)}
          </p>
        ) : null}
        {tooLong > 0 ? (
          <p className="mb-2 text-danger-text text-xs">
            {formatCount(tooLong)} characters too long for one message.
          </p>
        ) : null}
      </div>
      <div className="flex items-end gap-2">
        <Textarea
          aria-label={`Reply to ${conversation.contact_name || conversation.contact_phone || "them"}`}
          aria-describedby="composer-hint"
          aria-invalid={tooLong > 0 || undefined}
          placeholder="Write a reply"
          rows={1}
          className="field-sizing-content max-h-40 min-h-11 resize-none py-2.5"
          value={draft}
          onChange={(event) => setDraft(id, event.target.value)}
          onKeyDown={onKeyDown}
        />
        <Button
          type="submit"
          variant="primary"
          aria-label="Send"
          className="h-11 w-11 px-0"
          disabled={draft.trim() === "" || tooLong > 0}
          isBusy={send.isPending}
        >
          {send.isPending ? null : <SendHorizontal aria-hidden />}
        </Button>
      </div>
      <p
        id="composer-hint"
        className={cn(
          "mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-0.5 text-xs",
          reply.isClosing ? "text-accent-text" : "text-muted",
        )}
      >
        <span className="inline-flex items-center gap-1">
          <Clock aria-hidden className="size-3.5" />
          {reply.sentence}
        </span>
        <span className="hidden text-muted sm:inline">Enter sends, Shift+Enter starts a line</span>
      </p>
    </form>
  );
}
