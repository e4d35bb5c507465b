/** What a template is: whose, its name, language, category and kind. */
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { Segments } from "@/components/ui/segments";
import type { FieldProblem } from "@/lib/api/problem";
import type { Category, Num } from "./api";
import { type Draft, emptyHeader, type Kind } from "./draft";
import { saidOf } from "./draft-request";
import { CATEGORY_WORDS, LANGUAGES, languageName } from "./words";

const KINDS: readonly { value: Kind; label: string }[] = [
  { value: "plain", label: "Message" },
  { value: "carousel", label: "Carousel" },
  { value: "offer", label: "Limited-time offer" },
];

const OPTIONS = LANGUAGES.map((code) => ({ code, name: languageName(code) })).sort((a, b) =>
  a.name.localeCompare(b.name),
);

/** `Order Update!` → `order_update`: what is typed becomes a name that WhatsApp takes. */
export function asName(typed: string): string {
  return typed
    .toLowerCase()
    .replace(/[\s-]+/g, "_")
    .slice(0, 512);
}

interface BasicsFieldsProps {
  draft: Draft;
  numbers: readonly Num[];
  problems: readonly FieldProblem[];
  /** Of a template that Meta has, the name and language stand; the category too, once approved. */
  fixed: "nothing" | "name" | "category";
  onChange: (change: Partial<Draft>) => void;
}

/** One number of each account: a template belongs to the account. */
export function oneOfEach(numbers: readonly Num[]): Num[] {
  const seen = new Map(numbers.map((number) => [number.waba_id, number]));
  return [...seen.values()];
}

export function BasicsFields({ draft, numbers, problems, fixed, onChange }: BasicsFieldsProps) {
  const isNew = fixed === "nothing";
  const accounts = oneOfEach(numbers);
  const isCode = draft.category === "AUTHENTICATION";
  const setKind = (kind: Kind) => {
    // An offer's header is a picture or a film; a text there would only be refused.
    const isWrong = kind === "offer" && !["NONE", "IMAGE", "VIDEO"].includes(draft.header.format);
    onChange({ kind, ...(isWrong && { header: emptyHeader("IMAGE") }) });
  };
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        {isNew && accounts.length > 1 ? (
          <Field label="Account" error={saidOf(problems, "number_id")} className="sm:col-span-2">
            {(control) => (
              <Select
                {...control}
                value={draft.numberId}
                onChange={(event) => onChange({ numberId: event.target.value })}
              >
                {accounts.map((number) => (
                  <option key={number.id} value={number.id}>
                    {number.verified_name} · {number.display_phone_number}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        ) : null}
        <Field
          label="Name"
          hint={
            isNew
              ? "Small letters, digits and _. Customers do not see it."
              : "It stays: WhatsApp renames no template."
          }
          error={saidOf(problems, "name")}
        >
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              disabled={!isNew}
              value={draft.name}
              onChange={(event) => onChange({ name: asName(event.target.value) })}
            />
          )}
        </Field>
        <Field label="Language" error={saidOf(problems, "language")}>
          {(control) => (
            <Select
              {...control}
              disabled={!isNew}
              value={draft.language}
              onChange={(event) => onChange({ language: event.target.value })}
            >
              {OPTIONS.map(({ code, name }) => (
                <option key={code} value={code}>
                  {name} ({code})
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field
          label="Category"
          hint={
            fixed === "category"
              ? "An approved template keeps its category."
              : CATEGORY_WORDS[draft.category]?.hint
          }
          error={saidOf(problems, "category")}
        >
          {(control) => (
            <Select
              {...control}
              disabled={fixed === "category"}
              value={draft.category}
              onChange={(event) => onChange({ category: event.target.value as Category })}
            >
              {Object.entries(CATEGORY_WORDS).map(([value, { label }]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field
          label="Keep trying for, in seconds"
          hint="Empty for WhatsApp’s own time. What is not delivered by then is dropped."
          error={saidOf(problems, "message_send_ttl_seconds")}
        >
          {(control) => (
            <Input
              {...control}
              inputMode="numeric"
              autoComplete="off"
              value={draft.ttl}
              onChange={(event) => onChange({ ttl: event.target.value.replace(/[^\d-]/g, "") })}
            />
          )}
        </Field>
      </div>
      {isCode ? null : (
        <div className="flex flex-wrap gap-x-8 gap-y-4">
          <div>
            <p className="mb-1.5 font-medium text-[0.8125rem]">Kind</p>
            <Segments
              label="Kind"
              value={draft.kind}
              options={KINDS.filter(
                ({ value }) =>
                  value !== "offer" || draft.category === "MARKETING" || draft.kind === "offer",
              )}
              onChange={setKind}
            />
          </div>
          <div>
            <p className="mb-1.5 font-medium text-[0.8125rem]">Variables</p>
            <Segments
              label="Variables"
              value={draft.isNamed ? "named" : "numbered"}
              options={[
                { value: "numbered", label: "{{1}}" },
                { value: "named", label: "{{first_name}}" },
              ]}
              onChange={(value) => onChange({ isNamed: value === "named" })}
            />
          </div>
        </div>
      )}
    </div>
  );
}
