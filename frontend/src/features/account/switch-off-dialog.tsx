/** Switches the second factor off, with one of its codes. */
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Modal } from "@/components/ui/modal";
import { sentenceOf } from "@/lib/api/problem";
import { useSwitchSecondFactor } from "./api";

export default function SwitchOffDialog({ onClose }: { onClose: () => void }) {
  const change = useSwitchSecondFactor();
  const [code, setCode] = useState("");
  const [isChecked, setIsChecked] = useState(false);
  const plain = code.replaceAll(/\s/g, "");
  const missing = isChecked && plain.length < 6 ? "Write a code of the app." : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (plain.length < 6) return;
    change.mutate(
      { is_enabled: false, code: plain },
      {
        onSuccess: () => {
          toast.success("The second factor is off. The password alone lets you in.");
          onClose();
        },
      },
    );
  }

  return (
    <Modal
      title="Switch the second factor off"
      lead="Then the password alone is enough to sign in. Your recovery codes are good for nothing any more."
      onClose={onClose}
    >
      <form noValidate onSubmit={submit} className="flex flex-col gap-4 p-4 sm:p-5">
        <Field
          label="Code of your authenticator app, or a recovery code"
          error={missing ?? (change.error ? sentenceOf(change.error) : undefined)}
        >
          {(control) => (
            <Input
              {...control}
              autoComplete="one-time-code"
              autoCapitalize="none"
              spellCheck={false}
              maxLength={24}
              className="tabular max-w-60"
              value={code}
              onChange={(event) => {
                setCode(event.target.value);
                change.reset();
              }}
            />
          )}
        </Field>
        <Button type="submit" variant="danger" className="self-start" isBusy={change.isPending}>
          Switch it off
        </Button>
      </form>
    </Modal>
  );
}
