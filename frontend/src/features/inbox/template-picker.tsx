/** Sends an approved template: choose it, fill its variables, look at it, send. */
import { useQuery } from "@tanstack/react-query";
import { LayoutTemplate, Search } from "lucide-react";
import { useState } from "react";
import { Empty, Failure } from "@/components/app/states";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { Modal } from "@/components/ui/modal";
import { SkeletonRows } from "@/components/ui/skeleton";
import { humanise } from "@/lib/format";
import {
  type Conversation,
  type MessageBody,
  numbersQuery,
  sendableTemplatesQuery,
  type Template,
} from "./api";
import { Fill } from "./template-fill";

interface TemplatePickerProps {
  conversation: Conversation;
  onClose: () => void;
  onSend: (body: MessageBody, shown: string) => void;
}

function matches(template: Template, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${template.name.replaceAll("_", " ")} ${template.name} ${template.language} ${template.body}`;
  return words.every((word) => text.toLowerCase().includes(word));
}

function Choose({
  templates,
  onChoose,
}: {
  templates: readonly Template[];
  onChoose: (template: Template) => void;
}) {
  const [search, setSearch] = useState("");
  const [language, setLanguage] = useState("");
  const languages = [...new Set(templates.map((one) => one.language))].sort();
  const shown = templates.filter(
    (one) => matches(one, search) && (language === "" || one.language === language),
  );
  return (
    <div className="flex min-h-0 flex-col">
      <div className="flex gap-2 border-b p-3 sm:px-5">
        <span className="relative flex-1">
          <Search
            aria-hidden
            className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-3 size-4 text-muted"
          />
          <Input
            type="search"
            aria-label="Search templates"
            placeholder="Search by name or text"
            className="pl-9"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </span>
        {languages.length > 1 ? (
          <Select
            aria-label="Language"
            className="w-36"
            value={language}
            onChange={(event) => setLanguage(event.target.value)}
          >
            <option value="">All languages</option>
            {languages.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </Select>
        ) : null}
      </div>
      <div className="min-h-40 overflow-y-auto">
        {shown.length === 0 ? (
          <p role="status" className="p-5 text-muted">
            No template matches.
          </p>
        ) : (
          <ul className="divide-y">
            {shown.map((one) => (
              <li key={one.id}>
                <button
                  type="button"
                  className="block w-full px-4 py-3 text-left -outline-offset-2 hover:bg-sunken sm:px-5"
                  onClick={() => onChoose(one)}
                >
                  <span className="flex items-baseline justify-between gap-3">
                    <span className="wrap-anywhere font-medium">{one.name}</span>
                    <span className="shrink-0 text-muted text-xs">
                      {one.language} · {humanise(one.category.toLowerCase())}
                    </span>
                  </span>
                  <span className="line-clamp-2 text-muted">{one.body}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function Picker({ conversation, onSend }: Pick<TemplatePickerProps, "conversation" | "onSend">) {
  const [chosen, setChosen] = useState<Template | null>(null);
  // Somebody who never wrote has no number yet: the business's only one is theirs.
  const numbers = useQuery({ ...numbersQuery, enabled: conversation.number_id === null });
  const [ownNumber, setOwnNumber] = useState<string | null>(null);
  const offered = numbers.data?.items ?? [];
  const only = offered.length === 1 ? (offered[0]?.id ?? null) : null;
  const numberId = conversation.number_id ?? ownNumber ?? only;
  const templates = useQuery({ ...sendableTemplatesQuery(numberId), enabled: numberId !== null });

  if (chosen) {
    return (
      <Fill
        template={chosen}
        conversation={conversation}
        numberId={conversation.number_id === null ? numberId : null}
        onBack={() => setChosen(null)}
        onSend={onSend}
      />
    );
  }
  const failed = [numbers, templates].find((query) => query.error && !query.data);
  if (failed) return <Failure error={failed.error} onRetry={() => void failed.refetch()} />;
  if (numberId === null && numbers.data) {
    return offered.length === 0 ? (
      <Empty icon={LayoutTemplate} title="Connect a WhatsApp number first">
        A template is sent from a number of your business.
      </Empty>
    ) : (
      <Field label="From" className="p-5">
        {(control) => (
          <Select {...control} value="" onChange={(event) => setOwnNumber(event.target.value)}>
            <option value="">Choose a number</option>
            {offered.map((one) => (
              <option key={one.id} value={one.id}>
                {one.display_phone_number} · {one.verified_name}
              </option>
            ))}
          </Select>
        )}
      </Field>
    );
  }
  if (!templates.data) return <SkeletonRows rows={4} label="The templates are being loaded" />;
  if (templates.data.length === 0) {
    return (
      <Empty icon={LayoutTemplate} title="No approved template yet">
        WhatsApp approves each template before it can be sent.
      </Empty>
    );
  }
  return <Choose templates={templates.data} onChoose={setChosen} />;
}

export default function TemplatePicker({ onClose, ...rest }: TemplatePickerProps) {
  return (
    <Modal title="Send a template" onClose={onClose}>
      <Picker {...rest} />
    </Modal>
  );
}
