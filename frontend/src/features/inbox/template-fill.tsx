/** The variables of a chosen template, and the message that they make. */
import { ArrowLeft } from "lucide-react";
import { type FormEvent, useState } from "react";
import MediaField from "@/components/app/media-field";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { humanise } from "@/lib/format";
import { type Conversation, type MessageBody, nameOf, type Template } from "./api";
import { templateBody } from "./compose";
import { fillText, firstValues, variableName } from "./template-values";

interface FillProps {
  template: Template;
  conversation: Conversation;
  /** The number that sends, where the conversation has none yet. */
  numberId: string | null;
  onBack: () => void;
  onSend: (body: MessageBody, shown: string) => void;
}

export function Fill({ template, conversation, numberId, onBack, onSend }: FillProps) {
  const [values, setValues] = useState(() => firstValues(template, conversation.contact_name));
  const [isChecked, setIsChecked] = useState(false);
  const missing = template.variables.filter((key) => !values[key]?.trim());
  const text = [
    fillText(template.header ?? "", "header", values),
    fillText(template.body, "body", values),
    template.footer ?? "",
  ];

  function submit(event: FormEvent) {
    event.preventDefault();
    // The form stands in a portal: without this a form around the button would be sent as well.
    event.stopPropagation();
    setIsChecked(true);
    if (missing.length > 0) return;
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim()));
    onSend(templateBody(template.id, given, numberId, null), text.filter(Boolean).join("\n"));
  }

  return (
    <form noValidate onSubmit={submit} className="flex min-h-0 flex-col">
      <div className="flex flex-col gap-4 overflow-y-auto p-4 sm:p-5">
        <Button size="sm" variant="ghost" className="-ml-2 self-start" onClick={onBack}>
          <ArrowLeft aria-hidden />
          Other templates
        </Button>
        <section aria-label="Preview" className="rounded-control bg-chat p-4">
          <div className="wrap-anywhere max-w-80 whitespace-pre-line rounded-lg rounded-tl-none bg-surface p-3 shadow-sm">
            {text[0] ? <p className="mb-1 font-semibold">{text[0]}</p> : null}
            <p>{text[1]}</p>
            {text[2] ? <p className="mt-1.5 text-muted text-xs">{text[2]}</p> : null}
            {template.buttons.length > 0 ? (
              <ul className="mt-2 divide-y border-t text-center text-brand-text">
                {template.buttons.map((button, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: two buttons may say the same
                  <li key={index} className="py-1.5">
                    {button.text ?? humanise(button.type ?? "")}
                  </li>
                ))}
              </ul>
            ) : null}
          </div>
        </section>
        {template.variables.map((key) => {
          const error =
            isChecked && missing.includes(key) ? "This variable needs a value." : undefined;
          const change = (value: string) => setValues((before) => ({ ...before, [key]: value }));
          return key.endsWith(".media") ? (
            <MediaField
              key={key}
              label={variableName(key)}
              format={template.header_format}
              value={values[key] ?? ""}
              error={error}
              onChange={change}
            />
          ) : (
            <Field key={key} label={variableName(key)} error={error}>
              {(control) => (
                <Input
                  {...control}
                  value={values[key] ?? ""}
                  maxLength={2000}
                  autoComplete="off"
                  onChange={(event) => change(event.target.value)}
                />
              )}
            </Field>
          );
        })}
      </div>
      <div className="flex justify-end border-t px-4 py-3 sm:px-5">
        <Button type="submit" variant="primary">
          Send to {nameOf(conversation)}
        </Button>
      </div>
    </form>
  );
}
