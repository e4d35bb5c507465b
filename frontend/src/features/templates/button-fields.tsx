/** The buttons below a text: add, fill in, move and remove them. */
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import type { FieldProblem } from "@/lib/api/problem";
import { Counter } from "./counter";
import { type ButtonDraft, emptyButton } from "./draft";
import { saidOf } from "./draft-request";
import { BUTTON_TYPES, type ButtonType } from "./words";

const WITHOUT_TEXT: readonly ButtonType[] = ["COPY_CODE", "REQUEST_CONTACT_INFO"];

interface OneButtonProps {
  button: ButtonDraft;
  number: number;
  path: string | undefined;
  problems: readonly FieldProblem[];
  onChange: (button: ButtonDraft) => void;
  children: ReactNode;
}

function OneButton({ button, number, path, problems, onChange, children }: OneButtonProps) {
  const said = (name: string) => path && saidOf(problems, `${path}.${name}`);
  const set = (change: Partial<ButtonDraft>) => onChange({ ...button, ...change });
  const label = BUTTON_TYPES.find(({ type }) => type === button.type)?.label ?? button.type;
  const box = (
    name: "text" | "url" | "phone" | "example" | "flowId",
    words: string,
    error: string | undefined,
    more: { hint?: string; placeholder?: string; type?: string; most?: number } = {},
  ) => (
    <Field
      label={words}
      beside={more.most ? <Counter text={button[name]} most={more.most} /> : null}
      error={error}
      hint={more.hint}
    >
      {(control) => (
        <Input
          {...control}
          autoComplete="off"
          type={more.type ?? "text"}
          placeholder={more.placeholder}
          value={button[name]}
          onChange={(event) => set({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <li className="rounded-control border p-3">
      <fieldset>
        <legend className="sr-only">
          Button {number}: {label}
        </legend>
        <div className="mb-2 flex items-center justify-between gap-2">
          <span aria-hidden className="font-medium text-[0.8125rem]">
            {number}. {label}
          </span>
          <span className="flex">{children}</span>
        </div>
        <div className="grid gap-3 sm:grid-cols-2">
          {WITHOUT_TEXT.includes(button.type)
            ? null
            : box("text", "Words on the button", said("text"), { most: 25 })}
          {button.type === "URL"
            ? box("url", "Address", said("url"), {
                placeholder: "https://example.com/orders/{{1}}",
                hint: "May end with {{1}}, which each message fills.",
              })
            : null}
          {button.type === "URL" && button.url.includes("{{")
            ? box("example", "Example of the whole address", said("example"))
            : null}
          {button.type === "PHONE_NUMBER"
            ? box("phone", "Phone number", said("phone_number"), {
                type: "tel",
                placeholder: "+15550100001",
              })
            : null}
          {button.type === "COPY_CODE"
            ? box("example", "Example of the code", said("example"), {
                hint: "WhatsApp writes the words; each message gives its code.",
              })
            : null}
          {button.type === "FLOW"
            ? box("flowId", "Id of the Flow", said("flow_id"), {
                hint: "From WhatsApp Manager; the Flow must be published.",
              })
            : null}
          {button.type === "REQUEST_CONTACT_INFO" ? (
            <p className="text-muted text-xs">WhatsApp writes the words: “Share phone number”.</p>
          ) : null}
        </div>
      </fieldset>
    </li>
  );
}

interface ButtonFieldsProps {
  buttons: readonly ButtonDraft[];
  types: readonly ButtonType[];
  most: number;
  /** Where the component of the buttons is in the request; undefined while there is none. */
  path: string | undefined;
  problems: readonly FieldProblem[];
  onChange: (buttons: ButtonDraft[]) => void;
}

export function ButtonFields({
  buttons,
  types,
  most,
  path,
  problems,
  onChange,
}: ButtonFieldsProps) {
  const list = path && `${path}.buttons`;
  const whole =
    saidOf(problems, list, { exactly: true }) ?? saidOf(problems, path, { exactly: true });
  const move = (from: number, to: number) => {
    const moved = [...buttons];
    const [one] = moved.splice(from, 1);
    if (one) moved.splice(to, 0, one);
    onChange(moved);
  };
  return (
    <div className="flex flex-col gap-3">
      {whole ? (
        <p role="status" className="text-danger-text text-xs">
          {whole}
        </p>
      ) : null}
      {buttons.length > 0 ? (
        <ol className="flex flex-col gap-3">
          {buttons.map((button, index) => (
            <OneButton
              key={button.key}
              button={button}
              number={index + 1}
              path={list && `${list}.${index}`}
              problems={problems}
              onChange={(changed) =>
                onChange(buttons.map((one) => (one === button ? changed : one)))
              }
            >
              <Button
                size="icon"
                variant="ghost"
                className="size-8"
                aria-label={`Move button ${index + 1} up`}
                disabled={index === 0}
                onClick={() => move(index, index - 1)}
              >
                <ArrowUp aria-hidden />
              </Button>
              <Button
                size="icon"
                variant="ghost"
                className="size-8"
                aria-label={`Move button ${index + 1} down`}
                disabled={index === buttons.length - 1}
                onClick={() => move(index, index + 1)}
              >
                <ArrowDown aria-hidden />
              </Button>
              <Button
                size="icon"
                variant="ghost"
                className="size-8"
                aria-label={`Remove button ${index + 1}`}
                onClick={() => onChange(buttons.filter((one) => one !== button))}
              >
                <Trash2 aria-hidden />
              </Button>
            </OneButton>
          ))}
        </ol>
      ) : null}
      {buttons.length < most ? (
        <Menu modal={false}>
          <MenuTrigger asChild>
            <Button className="self-start">
              <Plus aria-hidden />
              Add a button
            </Button>
          </MenuTrigger>
          <MenuContent align="start">
            {BUTTON_TYPES.filter(({ type }) => types.includes(type)).map(({ type, label }) => (
              <MenuItem key={type} onSelect={() => onChange([...buttons, emptyButton(type)])}>
                {label}
              </MenuItem>
            ))}
          </MenuContent>
        </Menu>
      ) : null}
    </div>
  );
}
