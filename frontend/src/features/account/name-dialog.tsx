/** Another name, as the team reads it. */
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Modal } from "@/components/ui/modal";
import { sentenceOf } from "@/lib/api/problem";
import { useRename } from "./api";

export default function NameDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const rename = useRename();
  const [value, setValue] = useState(name);
  const [isChecked, setIsChecked] = useState(false);
  const missing = isChecked && !value.trim() ? "Enter your name." : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (value.trim()) rename.mutate(value.trim(), { onSuccess: onClose });
  }

  return (
    <Modal title="Your name" lead="Your team sees it; customers do not." onClose={onClose}>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4 p-4 sm:p-5">
        <Field
          label="Name"
          error={missing ?? (rename.error ? sentenceOf(rename.error) : undefined)}
        >
          {(control) => (
            <Input
              {...control}
              autoComplete="name"
              maxLength={120}
              value={value}
              onChange={(event) => {
                setValue(event.target.value);
                rename.reset();
              }}
            />
          )}
        </Field>
        <Button type="submit" variant="primary" className="self-start" isBusy={rename.isPending}>
          Save the name
        </Button>
      </form>
    </Modal>
  );
}
