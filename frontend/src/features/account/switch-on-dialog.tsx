/** Switches a second factor on: the password, the secret for the app, a code of it, and recovery codes. */
import { Download } from "lucide-react";
import { QRCodeSVG } from "qrcode.react";
import { type FormEvent, useState } from "react";
import { CopyButton } from "@/components/app/copy-button";
import { Button } from "@/components/ui/button";
import { Field, FormError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Modal } from "@/components/ui/modal";
import type { Schemas } from "@/lib/api/client";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";
import { useSession } from "@/lib/api/session";
import { saveAsFile } from "@/lib/text-file";
import { useBeginSecondFactor, useSwitchSecondFactor } from "./api";

const STEP = "flex flex-col gap-4 overflow-y-auto p-4 sm:p-5";

/** `JBSW Y3DP …`: groups that can be typed without losing one's place. */
function inGroups(secret: string): string {
  return secret.match(/.{1,4}/g)?.join(" ") ?? secret;
}

function PasswordStep({ onSecret }: { onSecret: (secret: Schemas["TotpSecret"]) => void }) {
  const begin = useBeginSecondFactor();
  const [password, setPassword] = useState("");
  const [isChecked, setIsChecked] = useState(false);
  const isWrong = begin.error instanceof ApiProblem && begin.error.code === "wrong_credentials";
  const said = isWrong ? sentenceOf(begin.error) : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (password) begin.mutate(password, { onSuccess: onSecret });
  }

  return (
    <form noValidate onSubmit={submit} className={STEP}>
      <FormError>{begin.error && !isWrong ? sentenceOf(begin.error) : undefined}</FormError>
      <Field
        label="Your password"
        hint="Once more, because this changes who can sign in."
        error={said ?? (isChecked && !password ? "Enter your password." : undefined)}
      >
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="current-password"
            className="max-w-72"
            value={password}
            onChange={(event) => {
              setPassword(event.target.value);
              begin.reset();
            }}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" className="self-start" isBusy={begin.isPending}>
        Go on
      </Button>
    </form>
  );
}

function CodeStep({
  secret,
  onCodes,
}: {
  secret: Schemas["TotpSecret"];
  onCodes: (codes: string[]) => void;
}) {
  const change = useSwitchSecondFactor();
  const [code, setCode] = useState("");
  const [isChecked, setIsChecked] = useState(false);
  const plain = code.replaceAll(/\s/g, "");
  const isWhole = /^\d{6}$/.test(plain);
  const isWrong = change.error instanceof ApiProblem && change.error.code === "wrong_code";
  const problem = isChecked && !isWhole ? "Write the six digits that the app shows." : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (!isWhole) return;
    change.mutate(
      { is_enabled: true, code: plain },
      { onSuccess: ({ recovery_codes }) => onCodes(recovery_codes) },
    );
  }

  return (
    <form noValidate onSubmit={submit} className={STEP}>
      <FormError>{change.error && !isWrong ? sentenceOf(change.error) : undefined}</FormError>
      <p>Scan this with an authenticator app on your phone.</p>
      <div className="flex flex-wrap items-start gap-4">
        {/* White around it whatever the colours are: cameras look for dark on light. */}
        <div className="rounded-control border bg-white p-3">
          <QRCodeSVG value={secret.uri} size={168} title="The secret as a QR code" level="M" />
        </div>
        <div className="flex min-w-0 flex-1 basis-52 flex-col items-start gap-2">
          <p className="text-muted text-xs">No camera? Enter this key in the app, by time:</p>
          <code className="wrap-anywhere rounded-control bg-sunken px-2 py-1 text-sm">
            {inGroups(secret.secret)}
          </code>
          <div className="flex flex-wrap gap-2">
            <CopyButton text={secret.secret}>Copy the key</CopyButton>
          </div>
        </div>
      </div>
      <Field
        label="The code that the app shows"
        error={problem ?? (isWrong ? sentenceOf(change.error) : undefined)}
      >
        {(control) => (
          <Input
            {...control}
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={7}
            className="tabular max-w-40"
            value={code}
            onChange={(event) => {
              setCode(event.target.value);
              change.reset();
            }}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" className="self-start" isBusy={change.isPending}>
        Switch it on
      </Button>
    </form>
  );
}

function RecoveryCodes({
  codes,
  isUrged,
  onKept,
  onDone,
}: {
  codes: readonly string[];
  isUrged: boolean;
  onKept: () => void;
  onDone: () => void;
}) {
  const email = useSession((state) => state.session?.user.email ?? "");
  function download() {
    const text = `Recovery codes of ${email} for Parley. Each works once.\n\n${codes.join("\n")}\n`;
    saveAsFile("parley-recovery-codes.txt", text);
    onKept();
  }
  return (
    <div className={STEP}>
      <p role="status">
        The second factor is on. Keep these codes where you find them without your phone: each lets
        you in once. They are not shown again.
      </p>
      <ul
        aria-label="Recovery codes"
        className="tabular grid gap-x-6 gap-y-1 rounded-control bg-sunken p-3 font-mono text-sm sm:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button onClick={download}>
          <Download aria-hidden />
          Download them
        </Button>
        <CopyButton text={codes.join("\n")} onCopied={onKept}>
          Copy them
        </CopyButton>
      </div>
      {isUrged ? (
        <p role="alert" className="text-danger-text">
          Keep the codes first: they cannot be shown again.
        </p>
      ) : null}
      <Button variant="primary" className="self-start" onClick={onDone}>
        I have kept them
      </Button>
    </div>
  );
}

export default function SwitchOnDialog({ onClose }: { onClose: () => void }) {
  const [secret, setSecret] = useState<Schemas["TotpSecret"] | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [isKept, setIsKept] = useState(false);
  const [isUrged, setIsUrged] = useState(false);
  // A stray Escape must not cost the only sight of the codes.
  const leave = () => (codes && !isKept ? setIsUrged(true) : onClose());

  const step = () => {
    if (codes) {
      return (
        <RecoveryCodes
          codes={codes}
          isUrged={isUrged}
          onKept={() => {
            setIsKept(true);
            setIsUrged(false);
          }}
          onDone={onClose}
        />
      );
    }
    if (secret) return <CodeStep secret={secret} onCodes={setCodes} />;
    return <PasswordStep onSecret={setSecret} />;
  };

  return (
    <Modal title={codes ? "Your recovery codes" : "Switch a second factor on"} onClose={leave}>
      {step()}
    </Modal>
  );
}
