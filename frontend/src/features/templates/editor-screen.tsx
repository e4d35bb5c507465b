/** The screens around the form: a new template, a copy of one, or a change of one. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Lock, PencilOff, Smartphone } from "lucide-react";
import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { toast } from "sonner";
import { BackLink } from "@/components/app/back-link";
import { Page } from "@/components/app/page";
import { Empty, Failure } from "@/components/app/states";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SkeletonRows } from "@/components/ui/skeleton";
import { meQuery } from "@/lib/permissions";
import {
  type Num,
  numbersQuery,
  type Template,
  templateQuery,
  useCreateTemplate,
  useEditTemplate,
} from "./api";
import { type Draft, emptyDraft } from "./draft";
import { draftOf } from "./draft-reading";
import { contentOf } from "./draft-request";
import { whyFixed } from "./editable";

// The form is the heaviest part of the app: the screen is there before it.
const LazyEditor = lazy(() => import("./editor").then(({ Editor }) => ({ default: Editor })));

function FormSkeleton() {
  return <SkeletonRows rows={5} label="The form is being loaded" />;
}

interface FrameProps {
  title: string;
  lead?: string;
  children: ReactNode;
}

function Frame({ title, lead, children }: FrameProps) {
  return (
    <Page title={title} lead={lead} above={<BackLink to="/templates">Templates</BackLink>}>
      <Suspense
        fallback={
          <Card>
            <FormSkeleton />
          </Card>
        }
      >
        {children}
      </Suspense>
    </Page>
  );
}

/** The source of a copy is looked at only where there is one. */
function useParts(id: string | undefined) {
  const me = useQuery(meQuery);
  const numbers = useQuery(numbersQuery);
  const template = useQuery({ ...templateQuery(id ?? ""), enabled: id !== undefined });
  const parts = [me, numbers, template];
  const failed = parts.find((part) => part.error && !part.data);
  const retry = () => {
    for (const part of parts) if (part.error) void part.refetch();
  };
  const isLoaded = me.data && numbers.data && (template.data || id === undefined);
  return { me: me.data, numbers: numbers.data, template: template.data, failed, retry, isLoaded };
}

function Waiting({ parts }: { parts: ReturnType<typeof useParts> }) {
  return (
    <Card>
      {parts.failed ? (
        <Failure error={parts.failed.error} onRetry={parts.retry} />
      ) : (
        <FormSkeleton />
      )}
    </Card>
  );
}

function NotAllowed({ tenant }: { tenant: string }) {
  return (
    <Card>
      <Empty icon={Lock} title="Your role may not change templates">
        Ask an owner, an admin or a manager of {tenant}.
      </Empty>
    </Card>
  );
}

function NewForm({ numbers, source }: { numbers: readonly Num[]; source: Template | undefined }) {
  const navigate = useNavigate();
  const [key] = useState(() => crypto.randomUUID());
  const create = useCreateTemplate(key);
  const first = useMemo((): Draft => {
    const numberId = numbers[0]?.id ?? "";
    return source ? draftOf(source) : emptyDraft(numberId);
  }, [numbers, source]);
  return (
    <LazyEditor
      first={first}
      numbers={numbers}
      template={null}
      isBusy={create.isPending}
      onSubmit={async (draft) => {
        const created = await create.mutateAsync({
          ...contentOf(draft),
          number_id: draft.numberId,
          name: draft.name,
          language: draft.language,
          category: draft.category || "UTILITY",
        });
        toast.success("Submitted. Meta reviews it now.");
        await navigate({ to: "/templates/$id", params: { id: created.id } });
      }}
    />
  );
}

/** `from` is a template to begin with: for a copy, or for another language of it. */
export function NewTemplateScreen({ from }: { from: string | undefined }) {
  const parts = useParts(from);
  const title = from ? "New template from another" : "New template";
  const body = () => {
    if (!parts.me || !parts.numbers || !parts.isLoaded) return <Waiting parts={parts} />;
    if (!parts.me.permissions.includes("templates:write")) {
      return <NotAllowed tenant={parts.me.tenant.name} />;
    }
    if (parts.numbers.items.length === 0) {
      return (
        <Card>
          <Empty
            icon={Smartphone}
            title="Connect a WhatsApp number first"
            action={
              <Button asChild variant="primary">
                <Link to="/settings/numbers/connect">Connect a number</Link>
              </Button>
            }
          >
            A template belongs to the account of a number.
          </Empty>
        </Card>
      );
    }
    return <NewForm numbers={parts.numbers.items} source={parts.template} />;
  };
  return (
    <Frame
      title={title}
      lead={
        from
          ? "Give it another language, or another name."
          : "What WhatsApp approved can be sent at any time, to everybody who agreed to it."
      }
    >
      {body()}
    </Frame>
  );
}

function EditForm({ template, numbers }: { template: Template; numbers: readonly Num[] }) {
  const navigate = useNavigate();
  const edit = useEditTemplate(template.id);
  // As it was when the form was opened: a review that ends meanwhile must not undo what was typed.
  const [opened] = useState(template);
  const first = useMemo(() => draftOf(opened), [opened]);
  return (
    <LazyEditor
      first={first}
      numbers={numbers}
      template={opened}
      isBusy={edit.isPending}
      onSubmit={async (draft) => {
        const isApproved = opened.status === "APPROVED";
        await edit.mutateAsync({
          ...contentOf(draft),
          ...(!isApproved && draft.category && { category: draft.category }),
        });
        toast.success("Submitted. Meta reviews the change now.");
        await navigate({ to: "/templates/$id", params: { id: opened.id } });
      }}
    />
  );
}

export function EditTemplateScreen({ id }: { id: string }) {
  const parts = useParts(id);
  const { template } = parts;
  const [wasOpened, setWasOpened] = useState(false);
  const reason = template && !wasOpened ? whyFixed(template) : null;
  const canOpen = template && reason === null;
  if (canOpen && !wasOpened) setWasOpened(true);
  const body = () => {
    if (!parts.me || !parts.numbers || !template) return <Waiting parts={parts} />;
    if (!parts.me.permissions.includes("templates:write")) {
      return <NotAllowed tenant={parts.me.tenant.name} />;
    }
    if (reason !== null) {
      return (
        <Card>
          <Empty
            icon={PencilOff}
            title="It cannot be changed now"
            action={
              <Button asChild>
                <Link to="/templates/new" search={{ from: id }}>
                  Make a copy
                </Link>
              </Button>
            }
          >
            {reason}
          </Empty>
        </Card>
      );
    }
    return <EditForm template={template} numbers={parts.numbers.items} />;
  };
  return (
    <Frame
      title={template ? `Change ${template.name}` : "Change a template"}
      lead="Meta reviews what you change; until then the template cannot be sent."
    >
      {body()}
    </Frame>
  );
}
