/** The form of a template, with WhatsApp's rules beside its fields and the phone beside the form. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { CircleCheck, Lightbulb } from "lucide-react";
import { type FormEvent, useMemo, useRef, useState } from "react";
import { type PhoneMessage, PhonePreview } from "@/components/app/phone-preview";
import { Button } from "@/components/ui/button";
import { Card, CardHeading } from "@/components/ui/card";
import { FormError } from "@/components/ui/field";
import { ApiProblem, type FieldProblem, sentenceOf } from "@/lib/api/problem";
import { useDebounced } from "@/lib/use-debounced";
import { type Check, type CheckRequest, checkQuery, type Num, type Template } from "./api";
import { BasicsFields } from "./basics-fields";
import { CodeFields } from "./code-fields";
import { type Draft, emptyCard, likeFirst } from "./draft";
import { contentOf, placesOf } from "./draft-request";
import { MessageFields } from "./message-fields";
import { shownProblems, unplaced } from "./problems";

const PAUSE_MS = 350;

interface EditorProps {
  first: Draft;
  numbers: readonly Num[];
  /** The template that is changed; null for a new one. */
  template: Template | null;
  isBusy: boolean;
  onSubmit: (draft: Draft) => Promise<void>;
}

function requestOf(draft: Draft, template: Template | null): CheckRequest {
  return {
    ...contentOf(draft),
    ...(template ? { template_id: template.id } : { number_id: draft.numberId }),
    name: draft.name,
    language: draft.language,
    category: draft.category || null,
  };
}

/** The API's preview, with the samples that only this screen knows. */
function withSamples(preview: PhoneMessage, draft: Draft): PhoneMessage {
  const at = (header: PhoneMessage["header"], url: string | null | undefined) =>
    header && url ? { ...header, media: url } : header;
  return {
    ...preview,
    header: at(preview.header, draft.header.sample?.url),
    cards: preview.cards.map((card, index) => ({
      ...card,
      header: at(card.header, draft.cards[index]?.header.sample?.url),
    })),
  };
}

function Verdict({ check, rest }: { check: Check | undefined; rest: readonly FieldProblem[] }) {
  const isFine = check?.problems.length === 0;
  return (
    <div aria-live="polite" className="flex flex-col gap-2 border-t px-4 py-3 text-xs empty:hidden">
      {rest.map(({ field, message }) => (
        <p key={`${field} ${message}`} className="text-danger-text">
          {message}
        </p>
      ))}
      {check?.warnings.map(({ field, message }) => (
        <p key={`${field} ${message}`} className="flex items-start gap-2 text-accent-text">
          <Lightbulb aria-hidden className="mt-px size-3.5 shrink-0" />
          {message}
        </p>
      ))}
      {isFine ? (
        <p className="flex items-start gap-2 text-good-text">
          <CircleCheck aria-hidden className="mt-px size-3.5 shrink-0" />
          It follows WhatsApp’s rules. Whether it is approved, the review decides.
        </p>
      ) : null}
    </div>
  );
}

/** Two cards are the least that a carousel has, so it begins with them. */
function changed(draft: Draft, change: Partial<Draft>): Draft {
  const next = { ...draft, ...change };
  if (next.kind === "carousel" && next.cards.length === 0) {
    const card = emptyCard();
    return { ...next, cards: [card, likeFirst(card)] };
  }
  return next;
}

export function Editor({ first, numbers, template, isBusy, onSubmit }: EditorProps) {
  const [draft, setDraft] = useState(first);
  const [wasSubmitted, setWasSubmitted] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const isDone = useRef(false);
  const form = useRef<HTMLFormElement>(null);
  const request = useMemo(() => requestOf(draft, template), [draft, template]);
  const settled = useDebounced(request, PAUSE_MS);
  const queries = useQueryClient();
  const check = useQuery(checkQuery(settled));
  const isJudged = check.isSuccess && settled === request && !check.isPlaceholderData;

  useBlocker({
    shouldBlockFn: () =>
      draft !== first &&
      !isDone.current &&
      !window.confirm("Leave this page? What you wrote is not submitted and will be lost."),
    enableBeforeUnload: () => draft !== first && !isDone.current,
  });

  const places = useMemo(() => placesOf(draft), [draft]);
  const refused = refusal instanceof ApiProblem ? refusal.fields : [];
  const found = [...(check.data?.problems ?? []), ...refused];
  const problems = shownProblems(found, request, wasSubmitted);
  const rest = unplaced(problems, places);
  const onChange = (change: Partial<Draft>) => {
    setRefusal(null);
    setDraft((before) => changed(before, change));
  };

  async function submit(event: FormEvent) {
    event.preventDefault();
    setWasSubmitted(true);
    setRefusal(null);
    try {
      const verdict = await queries.fetchQuery(checkQuery(request));
      if (verdict.problems.length > 0) {
        requestAnimationFrame(() =>
          form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus(),
        );
        return;
      }
      isDone.current = true;
      await onSubmit(draft);
    } catch (error) {
      isDone.current = false;
      setRefusal(error);
    }
  }

  const isCode = draft.category === "AUTHENTICATION";
  const wrong = wasSubmitted ? problems.length : 0;
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => void submit(event)}
      className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]"
    >
      <div className="flex min-w-0 flex-col gap-4">
        <FormError>{refusal === null ? undefined : sentenceOf(refusal)}</FormError>
        {check.error ? (
          <FormError>{`It could not be checked as you write. ${sentenceOf(check.error)}`}</FormError>
        ) : null}
        <Card aria-label="The template" className="p-4 sm:p-5">
          <BasicsFields
            draft={draft}
            numbers={numbers}
            problems={problems}
            fixed={template ? (template.status === "APPROVED" ? "category" : "name") : "nothing"}
            onChange={onChange}
          />
        </Card>
        <Card aria-labelledby="message-title">
          <CardHeading id="message-title" title={isCode ? "The code" : "The message"} />
          <div className="p-4 sm:p-5">
            {isCode ? (
              <CodeFields
                code={draft.code}
                places={places}
                problems={problems}
                onChange={(code) => onChange({ code })}
              />
            ) : (
              <MessageFields
                draft={draft}
                places={places}
                problems={problems}
                onChange={onChange}
              />
            )}
          </div>
        </Card>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <Button type="submit" variant="primary" size="lg" isBusy={isBusy}>
            {template ? "Submit the change" : "Submit for review"}
          </Button>
          <p role="status" className={wrong ? "text-danger-text" : "text-muted text-xs"}>
            {wrong
              ? `${wrong} ${wrong === 1 ? "thing has" : "things have"} to be changed first.`
              : "Meta reviews it, in minutes as a rule and in a day at most."}
          </p>
        </div>
      </div>
      <Card aria-labelledby="preview-title" className="overflow-hidden lg:sticky lg:top-6">
        <CardHeading id="preview-title" title="Preview" />
        <PhonePreview message={check.data ? withSamples(check.data.preview, draft) : undefined} />
        <Verdict check={isJudged ? check.data : undefined} rest={rest} />
      </Card>
    </form>
  );
}
