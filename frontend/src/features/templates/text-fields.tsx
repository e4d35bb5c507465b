/** A text with variables: a box with buttons for marks and variables, and an example for each. */
import { Bold, Braces, Code, Italic, Strikethrough } from "lucide-react";
import { useRef } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Counter } from "./counter";
import { nextVariable, type TextDraft, variablesOf } from "./draft";

const MARKS = [
  { sign: "*", label: "Bold", icon: Bold },
  { sign: "_", label: "Italic", icon: Italic },
  { sign: "~", label: "Struck through", icon: Strikethrough },
  { sign: "```", label: "Fixed width", icon: Code },
] as const;

interface ExamplesProps {
  draft: TextDraft;
  isNamed: boolean;
  error: string | undefined;
  onChange: (examples: Record<string, string>) => void;
}

/** One box for each variable of the text; reviewers see the template with these. */
export function Examples({ draft, isNamed, error, onChange }: ExamplesProps) {
  const names = variablesOf(draft.text);
  if (names.length === 0) return null;
  return (
    <fieldset className="mt-3">
      <legend className="font-medium text-[0.8125rem]">Examples</legend>
      <p className="mb-2 text-muted text-xs">
        Reviewers see the message with these. Use no real person’s particulars.
      </p>
      <div className="grid gap-3 sm:grid-cols-2">
        {names.map((name, index) => (
          <Field
            key={isNamed ? name : index}
            label={<span className="font-mono">{`{{${name}}}`}</span>}
            error={index === 0 ? error : undefined}
          >
            {(control) => (
              <Input
                {...control}
                autoComplete="off"
                value={draft.examples[name] ?? ""}
                onChange={(event) => onChange({ ...draft.examples, [name]: event.target.value })}
              />
            )}
          </Field>
        ))}
      </div>
    </fieldset>
  );
}

interface TextFieldsProps {
  label: string;
  draft: TextDraft;
  most: number;
  rows: number;
  isNamed: boolean;
  error: string | undefined;
  exampleError: string | undefined;
  onChange: (draft: TextDraft) => void;
}

export function TextFields({
  label,
  draft,
  most,
  rows,
  isNamed,
  error,
  exampleError,
  onChange,
}: TextFieldsProps) {
  const box = useRef<HTMLTextAreaElement>(null);

  /** Puts `before` and `after` around what is selected, and leaves the cursor where writing goes on. */
  function wrap(before: string, after: string) {
    const area = box.current;
    const [from, to] = area ? [area.selectionStart, area.selectionEnd] : [0, 0];
    const inner = draft.text.slice(from, to);
    const text = draft.text.slice(0, from) + before + inner + after + draft.text.slice(to);
    onChange({ ...draft, text });
    requestAnimationFrame(() => {
      area?.focus();
      area?.setSelectionRange(from + before.length, from + before.length + inner.length);
    });
  }

  function insertVariable() {
    const area = box.current;
    const at = area ? area.selectionEnd : draft.text.length;
    const variable = nextVariable(draft.text, isNamed);
    onChange({ ...draft, text: draft.text.slice(0, at) + variable + draft.text.slice(at) });
    requestAnimationFrame(() => {
      area?.focus();
      area?.setSelectionRange(at + variable.length, at + variable.length);
    });
  }

  return (
    <div>
      <Field label={label} beside={<Counter text={draft.text} most={most} />} error={error}>
        {(control) => (
          <div className="flex flex-col gap-1">
            <Textarea
              {...control}
              ref={box}
              dir="auto"
              rows={rows}
              value={draft.text}
              onChange={(event) => onChange({ ...draft, text: event.target.value })}
            />
            <div className="flex flex-wrap items-center gap-0.5">
              {MARKS.map(({ sign, label: name, icon: Icon }) => (
                <Button
                  key={sign}
                  size="icon"
                  variant="ghost"
                  className="size-8"
                  aria-label={`${name}: ${label.toLowerCase()}`}
                  title={name}
                  onClick={() => wrap(sign, sign)}
                >
                  <Icon aria-hidden />
                </Button>
              ))}
              <Button size="sm" variant="ghost" onClick={insertVariable}>
                <Braces aria-hidden />
                Insert variable
              </Button>
            </div>
          </div>
        )}
      </Field>
      <Examples
        draft={draft}
        isNamed={isNamed}
        error={exampleError}
        onChange={(examples) => onChange({ ...draft, examples })}
      />
    </div>
  );
}
