/** The cards of a carousel: two to ten, built alike. */
import { Plus, Trash2 } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { FieldProblem } from "@/lib/api/problem";
import { ButtonFields } from "./button-fields";
import { type CardDraft, type Draft, likeFirst } from "./draft";
import { cardPlace, saidOf } from "./draft-request";
import { HeaderFields } from "./header-fields";
import { TextFields } from "./text-fields";

const MOST = 10;
const LEAST = 2;

interface CardFieldsProps {
  draft: Draft;
  carousel: string | undefined;
  problems: readonly FieldProblem[];
  onChange: (cards: CardDraft[]) => void;
}

export function CardFields({ draft, carousel, problems, onChange }: CardFieldsProps) {
  const { cards, isNamed } = draft;
  const whole = carousel && saidOf(problems, `${carousel}.cards`, { exactly: true });
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted text-xs">
        All cards are built alike: the same kind of header, the same buttons in the same order.
      </p>
      {whole ? (
        <p role="status" className="text-danger-text text-xs">
          {whole}
        </p>
      ) : null}
      {cards.map((card, index) => {
        const set = (change: Partial<CardDraft>) =>
          onChange(cards.map((one) => (one === card ? { ...one, ...change } : one)));
        const header = cardPlace(draft, index, "HEADER");
        const body = cardPlace(draft, index, "BODY");
        const said = (path: string | undefined, name: string) =>
          path && saidOf(problems, `${path}.${name}`);
        const parts = `${carousel}.cards.${index}.components`;
        const about = saidOf(problems, parts, { exactly: true });
        return (
          <fieldset key={card.key} className="rounded-control border p-3">
            <legend className="px-1 font-medium text-[0.8125rem]">Card {index + 1}</legend>
            <div className="flex flex-col gap-4">
              {about ? (
                <p role="status" className="text-danger-text text-xs">
                  {about}
                </p>
              ) : null}
              <HeaderFields
                header={card.header}
                formats={["IMAGE", "VIDEO", "PRODUCT"]}
                isNamed={isNamed}
                errors={{
                  format: said(header, "format"),
                  text: undefined,
                  example: said(header, "example"),
                }}
                onChange={(changed) => set({ header: changed })}
              />
              <TextFields
                label={`Text of card ${index + 1}`}
                draft={card.body}
                most={160}
                rows={2}
                isNamed={isNamed}
                error={said(body, "text")}
                exampleError={said(body, "example")}
                onChange={(changed) => set({ body: changed })}
              />
              <ButtonFields
                buttons={card.buttons}
                types={["QUICK_REPLY", "URL", "PHONE_NUMBER", "SPM"]}
                most={2}
                path={cardPlace(draft, index, "BUTTONS")}
                problems={problems}
                onChange={(buttons) => set({ buttons })}
              />
              {cards.length > LEAST ? (
                <Button
                  size="sm"
                  variant="ghost"
                  className="self-end"
                  onClick={() => onChange(cards.filter((one) => one !== card))}
                >
                  <Trash2 aria-hidden />
                  Remove card {index + 1}
                </Button>
              ) : null}
            </div>
          </fieldset>
        );
      })}
      {cards.length < MOST ? (
        <Button className="self-start" onClick={() => onChange([...cards, likeFirst(cards[0])])}>
          <Plus aria-hidden />
          Add a card
        </Button>
      ) : null}
    </div>
  );
}
