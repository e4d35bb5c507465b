/** A question that is answered with a tap: up to three buttons, or a list of up to ten. */
import { Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Modal } from "@/components/ui/modal";
import type { Message, MessageBody } from "./api";
import { choiceBody } from "./compose";

const MAX_BUTTONS = 3;
const MAX_CHOICES = 10;
const MAX_TEXT = 1024;

interface ChoicesFormProps {
  replyTo: Message | null;
  onClose: () => void;
  onSend: (body: MessageBody, shown: string) => void;
}

/** What is wrong with a choice: empty ones are left out, so only the length and doubles matter. */
export function choiceProblem(choices: readonly string[], index: number): string | undefined {
  const text = choices[index]?.trim() ?? "";
  const limit = choices.filter((one) => one.trim()).length > MAX_BUTTONS ? 24 : 20;
  if (text.length > limit) return `Use at most ${limit} characters.`;
  if (text && choices.findIndex((one) => one.trim() === text) < index) {
    return "This answer is there already.";
  }
  return undefined;
}

export default function ChoicesForm({ replyTo, onClose, onSend }: ChoicesFormProps) {
  const [text, setText] = useState("");
  const [choices, setChoices] = useState<readonly string[]>(["", ""]);
  const [isChecked, setIsChecked] = useState(false);
  const given = choices.map((one) => one.trim()).filter(Boolean);
  const textProblem =
    text.trim() === ""
      ? "Write the question."
      : text.trim().length > MAX_TEXT
        ? "Use at most 1,024 characters."
        : undefined;
  const problems = choices.map((_, index) => choiceProblem(choices, index));
  if (given.length === 0) problems[0] = "Give at least one answer.";
  const change = (index: number, value: string) =>
    setChoices(choices.map((one, position) => (position === index ? value : one)));

  function submit(event: FormEvent) {
    event.preventDefault();
    // The form stands in a portal: without this the composer around it would be sent as well.
    event.stopPropagation();
    setIsChecked(true);
    if (textProblem || problems.some(Boolean)) return;
    onSend(choiceBody(text.trim(), given, replyTo), `${text.trim()}\n${given.join(" · ")}`);
  }

  return (
    <Modal
      title="Ask with buttons"
      lead="Up to three answers are buttons, up to ten a list."
      onClose={onClose}
    >
      <form noValidate onSubmit={submit} className="flex min-h-0 flex-col">
        <div className="flex flex-col gap-4 overflow-y-auto p-4 sm:p-5">
          <Field label="Question" error={isChecked ? textProblem : undefined}>
            {(control) => (
              <Textarea
                {...control}
                rows={2}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
          {choices.map((choice, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: an answer is known by its place
            <div key={index} className="flex items-end gap-2">
              <Field
                label={`Answer ${index + 1}`}
                className="flex-1"
                error={isChecked ? problems[index] : undefined}
              >
                {(control) => (
                  <Input
                    {...control}
                    value={choice}
                    autoComplete="off"
                    onChange={(event) => change(index, event.target.value)}
                  />
                )}
              </Field>
              {choices.length > 1 ? (
                <Button
                  size="icon"
                  variant="ghost"
                  aria-label={`Remove answer ${index + 1}`}
                  onClick={() => setChoices(choices.filter((_, position) => position !== index))}
                >
                  <Trash2 aria-hidden />
                </Button>
              ) : null}
            </div>
          ))}
          {choices.length < MAX_CHOICES ? (
            <Button className="self-start" onClick={() => setChoices([...choices, ""])}>
              <Plus aria-hidden />
              Add an answer
            </Button>
          ) : null}
        </div>
        <div className="flex justify-end border-t px-4 py-3 sm:px-5">
          <Button type="submit" variant="primary">
            Send
          </Button>
        </div>
      </form>
    </Modal>
  );
}
