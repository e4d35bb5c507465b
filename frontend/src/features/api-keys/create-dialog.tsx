/** Makes a key, and shows it this once. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { CopyButton } from "@/components/app/copy-button";
import { PermissionMatrix } from "@/components/app/permission-matrix";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input, Select, Textarea } from "@/components/ui/input";
import { Modal } from "@/components/ui/modal";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";
import { meQuery } from "@/lib/permissions";
import { useCreateKey } from "./api";
import { type KeyValues, keyProblems, keyRequest, scopesFor } from "./key-values";

const ENDS = [
  ["30", "In 30 days"],
  ["90", "In 90 days"],
  ["365", "In a year"],
  ["", "Never; only when it is revoked"],
] as const;

function Made({
  text,
  isUrged,
  onKept,
  onDone,
}: {
  text: string;
  isUrged: boolean;
  onKept: () => void;
  onDone: () => void;
}) {
  return (
    <div className="flex flex-col gap-4 overflow-y-auto p-4 sm:p-5">
      <p role="status">
        This is the key. Put it where the program finds it: it is not shown again, and who has it
        may do what it may.
      </p>
      <code className="wrap-anywhere select-all rounded-control bg-sunken p-3 text-sm">{text}</code>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={text} onCopied={onKept}>
          Copy the key
        </CopyButton>
      </div>
      {isUrged ? (
        <p role="alert" className="text-danger-text">
          Keep the key first: it cannot be shown again.
        </p>
      ) : null}
      <Button variant="primary" className="self-start" onClick={onDone}>
        I have kept it
      </Button>
    </div>
  );
}

export default function CreateDialog({ onClose }: { onClose: () => void }) {
  const create = useCreateKey();
  const me = useQuery(meQuery);
  const [values, setValues] = useState<KeyValues>({
    name: "",
    scopes: new Set(),
    days: "90",
    networks: "",
  });
  const [isChecked, setIsChecked] = useState(false);
  const [isKept, setIsKept] = useState(false);
  const [isUrged, setIsUrged] = useState(false);
  const problems = isChecked ? keyProblems(values) : {};
  const said = (name: string) =>
    create.error instanceof ApiProblem
      ? create.error.fields.find(({ field }) => field.split(".")[0] === name)?.message
      : undefined;
  const isPlaced = ["name", "scopes", "networks"].some((name) => said(name) !== undefined);
  const change = (some: Partial<KeyValues>) => {
    setValues({ ...values, ...some });
    create.reset();
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (Object.keys(keyProblems(values)).length > 0) return;
    create.mutate(keyRequest(values, new Date()));
  }

  if (create.data) {
    return (
      <Modal
        title={`The key “${create.data.name}”`}
        onClose={() => (isKept ? onClose() : setIsUrged(true))}
      >
        <Made
          text={create.data.key}
          isUrged={isUrged}
          onKept={() => {
            setIsKept(true);
            setIsUrged(false);
          }}
          onDone={onClose}
        />
      </Modal>
    );
  }
  return (
    <Modal
      title="New API key"
      lead="For a program that works with Parley’s API in your name."
      onClose={onClose}
    >
      <form noValidate onSubmit={submit} className="flex flex-col gap-4 overflow-y-auto p-4 sm:p-5">
        <FormError>{create.error && !isPlaced ? sentenceOf(create.error) : undefined}</FormError>
        <Field label="Name" error={problems.name ?? said("name")}>
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              maxLength={100}
              placeholder="Web shop"
              value={values.name}
              onChange={(event) => change({ name: event.target.value })}
            />
          )}
        </Field>
        <PermissionMatrix
          label="May"
          offered={scopesFor(me.data?.permissions ?? [])}
          chosen={values.scopes}
          error={problems.scopes ?? said("scopes")}
          onChange={(scopes) => change({ scopes })}
        />
        <Field label="Ends">
          {(control) => (
            <Select
              {...control}
              className="max-w-72"
              value={values.days}
              onChange={(event) => change({ days: event.target.value })}
            >
              {ENDS.map(([days, words]) => (
                <option key={days} value={days}>
                  {words}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field
          label="Only from these networks"
          hint="One a line, like 203.0.113.0/24. Empty: from anywhere."
          error={problems.networks ?? said("networks")}
        >
          {(control) => (
            <Textarea
              {...control}
              rows={2}
              autoCapitalize="none"
              spellCheck={false}
              value={values.networks}
              onChange={(event) => change({ networks: event.target.value })}
            />
          )}
        </Field>
        <Button type="submit" variant="primary" className="self-start" isBusy={create.isPending}>
          Make the key
        </Button>
      </form>
    </Modal>
  );
}
