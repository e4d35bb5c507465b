/** Sends the campaign's message to a few phones, before everybody gets it. */
import { Send } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { Modal } from "@/components/ui/modal";
import type { Schemas } from "@/lib/api/client";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";
import { humanise } from "@/lib/format";
import { useSendTest } from "./changes";
import type { Campaign } from "./ledger";
import { skipReason } from "./words";

const MOST = 5;

const TONES: Record<string, Tone> = {
  accepted: "good",
  held: "warn",
  failed: "danger",
  unknown: "warn",
  skipped: "neutral",
};
const WORDS: Record<string, string> = {
  accepted: "Sent",
  unknown: "No answer from WhatsApp: look at the phone before you try again",
};

/** One phone a line; commas and semicolons part them too. */
export function phonesOf(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[\n,;]+/)
        .map((one) => one.trim())
        .filter(Boolean),
    ),
  ];
}

function Results({ items }: { items: readonly Schemas["TestedOut"][] }) {
  return (
    <ul aria-label="What became of the tests" className="divide-y rounded-control border">
      {items.map((one) => (
        <li key={one.to} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2.5">
          <span className="tabular font-medium">{one.to}</span>
          <Badge tone={TONES[one.state] ?? "neutral"}>
            {WORDS[one.state] ?? humanise(one.state)}
          </Badge>
          {one.why ? (
            <span className="w-full text-muted text-xs">
              {one.state === "skipped" ? skipReason(one.why) : one.why}
            </span>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

export default function TestDialog({
  campaign,
  onClose,
}: {
  campaign: Campaign;
  onClose: () => void;
}) {
  const send = useSendTest(campaign.id);
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string>();
  const fields = send.error instanceof ApiProblem ? send.error.fields : [];
  const phones = phonesOf(text);
  /** Names the phone of which the API speaks. */
  const refused = fields
    .map(({ field, message }) => {
      const phone = phones[Number(field.replace("phones.", ""))];
      return phone ? `${phone}: ${message}` : message;
    })
    .join(" ");

  function submit(event: FormEvent) {
    event.preventDefault();
    const found =
      phones.length === 0
        ? "Write the phone that should get it."
        : phones.length > MOST
          ? `Write at most ${MOST} phones; these are ${phones.length}.`
          : undefined;
    setProblem(found);
    if (!found) send.mutate(phones);
  }

  return (
    <Modal
      title="Send a test"
      lead="A real message that WhatsApp charges for. It does not count in the campaign."
      onClose={onClose}
    >
      <form noValidate onSubmit={submit} className="flex flex-col gap-4 overflow-y-auto p-4 sm:p-5">
        <FormError>{send.error && !refused ? sentenceOf(send.error) : undefined}</FormError>
        <Field
          label="Phones"
          hint={`Up to ${MOST}, one a line. A contact gets what the campaign would send them; anybody else gets what stands in for empty variables.`}
          error={problem ?? (refused || undefined)}
        >
          {(control) => (
            <Textarea
              {...control}
              rows={3}
              inputMode="tel"
              placeholder="+91 98765 43210"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" variant="primary" className="self-start" isBusy={send.isPending}>
          {send.isPending ? null : <Send aria-hidden />}
          {send.data ? "Send again" : "Send the test"}
        </Button>
        <div role="status">{send.data ? <Results items={send.data.items} /> : null}</div>
      </form>
    </Modal>
  );
}
