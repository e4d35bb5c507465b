/** Where a reply is written. Enter sends, Shift+Enter starts a line; files come by button, drop or paste. */
import {
  Clock,
  LayoutTemplate,
  ListChecks,
  Lock,
  Paperclip,
  SendHorizontal,
  X,
} from "lucide-react";
import {
  type ClipboardEvent,
  type KeyboardEvent,
  lazy,
  type ReactNode,
  Suspense,
  useEffect,
  useRef,
  useState,
} from "react";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/input";
import { sentenceOf } from "@/lib/api/problem";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/format";
import { useCan } from "@/lib/permissions";
import { useNow } from "@/lib/use-now";
import { type Conversation, type Message, type MessageBody, nameOf, tellRead } from "./api";
import { AttachedFile } from "./attached-file";
import { Quotation } from "./bubble";
import { fileBody, takesCaption, textBody } from "./compose";
import { setDraft, useDrafts } from "./drafts";
import { fateOf, type Outbox } from "./outbox";
import type { AttachmentBox } from "./use-attachment";
import { replyWindow } from "./window";

// What is opened once in a while comes when it is, not with the conversation.
const TemplatePicker = lazy(() => import("./template-picker"));
const ChoicesForm = lazy(() => import("./choices-form"));

const MAX_TEXT = 4096;
const MAX_CAPTION = 1024;
/** WhatsApp shows "typing" for up to 25 seconds. */
const TYPING_MS = 20_000;

interface ComposerProps {
  conversation: Conversation;
  outbox: Outbox;
  box: AttachmentBox;
  replyTo: Message | null;
  onReplyTo: (message: Message | null) => void;
  canReply: boolean;
}

function Closed({ children, action }: { children: string; action?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 border-t bg-sunken px-4 py-3.5">
      <p className="flex min-w-0 flex-1 basis-64 items-start gap-2.5 text-muted">
        <Lock aria-hidden className="mt-0.5 size-4 shrink-0" />
        {children}
      </p>
      {action}
    </div>
  );
}

/** Shows the customer that somebody writes, at most every 20 seconds; a failure is of no matter. */
function useTyping(contactId: string): () => void {
  const last = useRef(0);
  return () => {
    if (Date.now() - last.current < TYPING_MS) return;
    last.current = Date.now();
    tellRead(contactId, true).catch(() => undefined);
  };
}

export function Composer({
  conversation,
  outbox,
  box,
  replyTo,
  onReplyTo,
  canReply,
}: ComposerProps) {
  const id = conversation.contact_id;
  const draft = useDrafts((state) => state.drafts[id] ?? "");
  const now = useNow(15_000);
  const reply = replyWindow(conversation.window_closes_at, now);
  const canUseTemplates = useCan("templates:read");
  const canAttach = useCan("media:write");
  const [open, setOpen] = useState<"template" | "choices" | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const input = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const showTyping = useTyping(id);

  useEffect(() => {
    if (replyTo) input.current?.focus();
  }, [replyTo]);

  const sendFromForm = (body: MessageBody, shown: string) => {
    setRefusal(null);
    outbox.send(body, shown, (error) => setRefusal(sentenceOf(error)));
    onReplyTo(null);
    setOpen(null);
  };
  const form = (
    <Suspense>
      {open === "template" ? (
        <TemplatePicker
          conversation={conversation}
          onClose={() => setOpen(null)}
          onSend={sendFromForm}
        />
      ) : null}
      {open === "choices" ? (
        <ChoicesForm replyTo={replyTo} onClose={() => setOpen(null)} onSend={sendFromForm} />
      ) : null}
    </Suspense>
  );
  const templateButton = canUseTemplates ? (
    <Button variant="primary" onClick={() => setOpen("template")}>
      <LayoutTemplate aria-hidden />
      Send a template
    </Button>
  ) : null;
  const alert = (
    <div role="alert">
      {refusal ? (
        <p className="flex items-start gap-2 bg-danger-soft px-4 py-2 text-danger-text">
          <span className="wrap-anywhere min-w-0 flex-1">Not sent. {refusal}</span>
          <button
            type="button"
            aria-label="Close the message"
            className="size-6 shrink-0"
            onClick={() => setRefusal(null)}
          >
            <X aria-hidden className="m-auto size-4" />
          </button>
        </p>
      ) : null}
    </div>
  );

  if (!canReply) return <Closed>Your role may read conversations, but not reply.</Closed>;
  if (!reply.isOpen) {
    return (
      <>
        {alert}
        <Closed action={templateButton}>{reply.sentence}</Closed>
        {form}
      </>
    );
  }

  const { attached } = box;
  const text = draft.trim();
  const limit = attached ? MAX_CAPTION : MAX_TEXT;
  const tooLong = text.length - limit;
  const hasStrayText = attached !== null && !takesCaption(attached.kind) && text !== "";
  const isReady = attached ? attached.mediaId !== null : text !== "";

  function submit() {
    if (!isReady || tooLong > 0) return;
    setRefusal(null);
    const about = replyTo;
    const refused = (error: unknown) => {
      setRefusal(sentenceOf(error));
      if (fateOf(error) !== "refused") return;
      // The words go back into the box, unless something new is there already.
      if (!useDrafts.getState().drafts[id]) setDraft(id, text);
      onReplyTo(about);
    };
    if (attached?.mediaId) {
      const file = { kind: attached.kind, mediaId: attached.mediaId, name: attached.file.name };
      outbox.send(
        fileBody(file, text, about),
        [attached.file.name, hasStrayText ? "" : text].filter(Boolean).join("\n"),
        refused,
      );
      box.remove();
    } else {
      outbox.send(textBody(text, about), text, refused);
    }
    // What cannot be a caption stays in the box, to be sent as a message of its own.
    if (!hasStrayText) setDraft(id, "");
    onReplyTo(null);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape" && replyTo) onReplyTo(null);
    // While an input method is composing, Enter chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  }

  function onPaste(event: ClipboardEvent) {
    const file = event.clipboardData.files.item(0);
    if (!file || !canAttach) return;
    event.preventDefault();
    box.attach(file);
  }

  return (
    <div className="border-t bg-surface">
      {alert}
      <form
        className="p-3"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {replyTo ? (
          <Quotation quoted={replyTo}>
            <button
              type="button"
              aria-label="Do not reply to this message"
              className="size-6 shrink-0 text-muted hover:text-ink"
              onClick={() => onReplyTo(null)}
            >
              <X aria-hidden className="m-auto size-4" />
            </button>
          </Quotation>
        ) : null}
        {attached ? <AttachedFile attached={attached} box={box} /> : null}
        {tooLong > 0 ? (
          <p role="alert" className="mb-2 text-danger-text text-xs">
            {formatCount(tooLong)} characters too long for one {attached ? "caption" : "message"}.
          </p>
        ) : null}
        <div className="flex items-end gap-1.5">
          {canAttach ? (
            <>
              <input
                ref={files}
                type="file"
                tabIndex={-1}
                aria-label="File to send"
                className="sr-only"
                onChange={(event) => {
                  const file = event.target.files?.item(0);
                  if (file) box.attach(file);
                  event.target.value = "";
                  input.current?.focus();
                }}
              />
              <Button
                size="icon"
                variant="ghost"
                className="h-11 w-9"
                aria-label="Attach a file"
                title="Attach a file"
                onClick={() => files.current?.click()}
              >
                <Paperclip aria-hidden />
              </Button>
            </>
          ) : null}
          <Button
            size="icon"
            variant="ghost"
            className="h-11 w-9"
            aria-label="Ask with buttons"
            title="Ask with buttons"
            onClick={() => setOpen("choices")}
          >
            <ListChecks aria-hidden />
          </Button>
          {canUseTemplates ? (
            <Button
              size="icon"
              variant="ghost"
              className="hidden h-11 w-9 sm:inline-flex"
              aria-label="Send a template"
              title="Send a template"
              onClick={() => setOpen("template")}
            >
              <LayoutTemplate aria-hidden />
            </Button>
          ) : null}
          <Textarea
            ref={input}
            aria-label={`Reply to ${nameOf(conversation)}`}
            aria-describedby="composer-hint"
            aria-invalid={tooLong > 0 || undefined}
            placeholder={
              attached && takesCaption(attached.kind) ? "Add a caption" : "Write a reply"
            }
            rows={1}
            className="field-sizing-content max-h-40 min-h-11 resize-none py-2.5"
            value={draft}
            onChange={(event) => {
              setDraft(id, event.target.value);
              if (event.target.value.trim() !== "") showTyping();
            }}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
          />
          <Button
            type="submit"
            variant="primary"
            aria-label="Send"
            className="h-11 w-11 px-0"
            disabled={!isReady || tooLong > 0}
          >
            <SendHorizontal aria-hidden />
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
          <span className="hidden text-muted sm:inline">
            Enter sends, Shift+Enter starts a line
          </span>
        </p>
      </form>
      {form}
    </div>
  );
}
