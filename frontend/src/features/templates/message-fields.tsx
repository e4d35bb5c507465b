/** What a template says: header, offer, text, footer and buttons, or the cards of a carousel. */
import type { ReactNode } from "react";
import { Choice } from "@/components/ui/choice";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { FieldProblem } from "@/lib/api/problem";
import { ButtonFields } from "./button-fields";
import { CardFields } from "./card-fields";
import { Counter } from "./counter";
import type { Draft } from "./draft";
import { saidOf } from "./draft-request";
import { HeaderFields } from "./header-fields";
import { TextFields } from "./text-fields";
import type { ButtonType, HeaderFormat } from "./words";

const HEADERS: Record<"plain" | "offer", readonly HeaderFormat[]> = {
  plain: ["NONE", "TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION", "PRODUCT"],
  offer: ["NONE", "IMAGE", "VIDEO"],
};

const BUTTONS: Record<"plain" | "offer", readonly ButtonType[]> = {
  plain: [
    "QUICK_REPLY",
    "URL",
    "PHONE_NUMBER",
    "COPY_CODE",
    "FLOW",
    "VOICE_CALL",
    "REQUEST_CONTACT_INFO",
    "CATALOG",
    "MPM",
  ],
  offer: ["COPY_CODE", "URL"],
};

interface MessageFieldsProps {
  draft: Draft;
  places: Partial<Record<string, string>>;
  problems: readonly FieldProblem[];
  onChange: (change: Partial<Draft>) => void;
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="border-t pt-4">
      <h3 className="mb-3 text-[0.8125rem]">{title}</h3>
      {children}
    </div>
  );
}

function OfferFields({ draft, places, problems, onChange }: MessageFieldsProps) {
  const path = places.LIMITED_TIME_OFFER;
  return (
    <Part title="Offer">
      <div className="flex flex-col gap-3">
        <Field
          label="Words of the offer"
          beside={<Counter text={draft.offer.text} most={16} />}
          error={saidOf(problems, path)}
        >
          {(control) => (
            <Input
              {...control}
              value={draft.offer.text}
              onChange={(event) =>
                onChange({ offer: { ...draft.offer, text: event.target.value } })
              }
            />
          )}
        </Field>
        <Choice
          label="Show when the offer ends"
          hint="Each message gives the time; a button that copies a code comes first then."
          checked={draft.offer.hasExpiration}
          onChange={(event) =>
            onChange({ offer: { ...draft.offer, hasExpiration: event.target.checked } })
          }
        />
      </div>
    </Part>
  );
}

export function MessageFields({ draft, places, problems, onChange }: MessageFieldsProps) {
  const { kind, isNamed } = draft;
  const said = (type: string, name: string) =>
    places[type] && saidOf(problems, `${places[type]}.${name}`);
  const about = (type: string) => saidOf(problems, places[type], { exactly: true });
  return (
    <div className="flex flex-col gap-4">
      {kind === "carousel" ? null : (
        <HeaderFields
          header={draft.header}
          formats={HEADERS[kind]}
          isNamed={isNamed}
          errors={{
            format: said("HEADER", "format") ?? about("HEADER"),
            text: said("HEADER", "text"),
            example: said("HEADER", "example"),
          }}
          onChange={(header) => onChange({ header })}
        />
      )}
      {kind === "offer" ? <OfferFields {...{ draft, places, problems, onChange }} /> : null}
      <TextFields
        label="Text"
        draft={draft.body}
        most={kind === "offer" ? 600 : 1024}
        rows={6}
        isNamed={isNamed}
        error={said("BODY", "text") ?? about("BODY")}
        exampleError={said("BODY", "example")}
        onChange={(body) => onChange({ body })}
      />
      {kind === "plain" ? (
        <Field
          label="Footer"
          beside={<Counter text={draft.footer} most={60} />}
          hint="A line in small print, like how to stop these messages. It may stay empty."
          error={saidOf(problems, places.FOOTER)}
        >
          {(control) => (
            <Input
              {...control}
              dir="auto"
              autoComplete="off"
              value={draft.footer}
              onChange={(event) => onChange({ footer: event.target.value })}
            />
          )}
        </Field>
      ) : null}
      {kind === "carousel" ? (
        <Part title="Cards">
          <CardFields
            draft={draft}
            carousel={places.CAROUSEL}
            problems={problems}
            onChange={(cards) => onChange({ cards })}
          />
        </Part>
      ) : (
        <Part title="Buttons">
          <ButtonFields
            buttons={draft.buttons}
            types={BUTTONS[kind]}
            most={10}
            path={places.BUTTONS}
            problems={problems}
            onChange={(buttons) => onChange({ buttons })}
          />
        </Part>
      )}
    </div>
  );
}
