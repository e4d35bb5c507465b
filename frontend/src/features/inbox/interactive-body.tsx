/** A message with buttons or a list as it was sent, and what a customer chose in one. */
import { ChevronRight, ExternalLink, List, Reply } from "lucide-react";
import { humanise } from "@/lib/format";
import { asList, asObject, asText } from "@/lib/json";
import type { Message } from "./api";
import { RichText } from "./rich-text";

/** The answers of a form: Meta gives them as JSON in a text. */
function formAnswers(text: string): [string, string][] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [];
  }
  const { flow_token: _token, values, ...rest } = asObject(parsed);
  return Object.entries({ ...rest, ...asObject(values) }).map(([key, value]) => [
    humanise(key),
    Array.isArray(value) ? value.map(asText).join(", ") : asText(value),
  ]);
}

export function InteractiveAnswer({ message }: { message: Message }) {
  const content = asObject(message.content);
  const form = asObject(content.nfm_reply);
  const description = asText(asObject(content.list_reply).description);
  const answers = formAnswers(asText(form.response_json));
  return (
    <div>
      <p dir="auto" className="wrap-anywhere flex items-start gap-1.5 whitespace-pre-line">
        <Reply aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
        <span className="sr-only">Chose </span>
        {message.text}
      </p>
      {description ? <p className="wrap-anywhere text-muted text-xs">{description}</p> : null}
      {answers.length > 0 ? (
        <dl className="mt-1.5 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 border-t pt-1.5">
          {answers.map(([term, value]) => (
            <div key={term} className="contents">
              <dt className="text-muted text-xs leading-5">{term}</dt>
              <dd className="wrap-anywhere">{value || "–"}</dd>
            </div>
          ))}
        </dl>
      ) : null}
    </div>
  );
}

function choicesOf(action: Record<string, unknown>): { title: string; isLink: boolean }[] {
  const buttons = asList(action.buttons).map((button) => ({
    title: asText(asObject(asObject(button).reply).title),
    isLink: false,
  }));
  const rows = asList(action.sections)
    .flatMap((section) => asList(asObject(section).rows))
    .map((row) => ({ title: asText(asObject(row).title), isLink: false }));
  const named = asObject(action.parameters);
  const other = asText(named.display_text) || asText(named.flow_cta);
  return [
    ...buttons,
    ...rows,
    ...(other ? [{ title: other, isLink: named.url !== undefined }] : []),
  ].filter((choice) => choice.title !== "");
}

export function InteractiveQuestion({ message }: { message: Message }) {
  const content = asObject(message.content);
  const action = asObject(content.action);
  const header = asText(asObject(content.header).text);
  const body = asText(asObject(content.body).text);
  const footer = asText(asObject(content.footer).text);
  const listName = asText(action.button);
  return (
    <div>
      {header ? <p className="wrap-anywhere mb-1 font-semibold">{header}</p> : null}
      {body ? <RichText>{body}</RichText> : <RichText>{message.text}</RichText>}
      {footer ? <p className="wrap-anywhere mt-1 text-muted text-xs">{footer}</p> : null}
      {listName ? (
        <p className="mt-2 flex items-center gap-1.5 border-t pt-1.5 text-brand-text">
          <List aria-hidden className="size-4" />
          {listName}
        </p>
      ) : null}
      <Choices choices={choicesOf(action)} />
    </div>
  );
}

export function Choices({ choices }: { choices: readonly { title: string; isLink: boolean }[] }) {
  if (choices.length === 0) return null;
  return (
    <ul className="mt-2 divide-y border-t" aria-label="Buttons">
      {choices.map(({ title, isLink }, index) => {
        const Icon = isLink ? ExternalLink : ChevronRight;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: two buttons may say the same
          <li key={index} className="flex items-center gap-1.5 py-1.5 text-brand-text">
            <Icon aria-hidden className="size-4 shrink-0" />
            <span className="wrap-anywhere min-w-0">{title}</span>
          </li>
        );
      })}
    </ul>
  );
}
