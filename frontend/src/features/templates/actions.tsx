/** What can be done with a template now; what cannot be taken back is asked first. */
import { Link, useNavigate } from "@tanstack/react-router";
import { Archive, ArchiveRestore, Copy, Pencil, Play, Trash2 } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Choice } from "@/components/ui/choice";
import { Confirm } from "@/components/ui/dialog";
import { sentenceOf } from "@/lib/api/problem";
import { type Template, type TemplateAction, useDeleteTemplate, useTemplateAction } from "./api";
import { whyFixed } from "./editable";
import { languageName } from "./words";

const DONE: Record<TemplateAction, string> = {
  unpause: "The pause has ended.",
  archive: "Archived. It can be taken out again for 28 days.",
  unarchive: "Taken out of the archive.",
};

const GONE = ["DELETED", "PENDING_DELETION"];

function DeleteButton({ template, others }: { template: Template; others: number }) {
  const navigate = useNavigate();
  const remove = useDeleteTemplate(template.id);
  const [isAll, setIsAll] = useState(false);
  const language = languageName(template.language);
  return (
    <Confirm
      trigger={
        <Button isBusy={remove.isPending}>
          <Trash2 aria-hidden />
          Delete
        </Button>
      }
      title={`Delete ${template.name}?`}
      action={isAll ? "Delete all languages" : `Delete ${language}`}
      keep="Keep it"
      tone="danger"
      onConfirm={() =>
        remove.mutate(isAll ? "all" : "this", {
          onSuccess: () => {
            toast.success("Deleted, here and at WhatsApp.");
            void navigate({ to: "/templates" });
          },
          onError: (error) => toast.error(sentenceOf(error)),
        })
      }
    >
      <p>
        It is deleted at WhatsApp too, and cannot be brought back. Campaigns that still have to send
        it will fail.
      </p>
      <p>The name of an approved template stays unusable for 30 days.</p>
      {others > 0 ? (
        <Choice
          className="pt-1 text-ink"
          label={`Also delete its ${others === 1 ? "other language" : `${others} other languages`}`}
          checked={isAll}
          onChange={(event) => setIsAll(event.target.checked)}
        />
      ) : null}
    </Confirm>
  );
}

/** `others` is how many other languages the name has. */
export function TemplateActions({ template, others }: { template: Template; others: number }) {
  const action = useTemplateAction(template.id);
  const run = (name: TemplateAction) =>
    action.mutate(name, {
      onSuccess: () => toast.success(DONE[name]),
      onError: (error) => toast.error(sentenceOf(error)),
    });
  const isBusy = (name: TemplateAction) => action.isPending && action.variables === name;
  const isGone = GONE.includes(template.status);
  const isArchived = template.status === "ARCHIVED";
  return (
    <>
      {isGone ? null : <DeleteButton template={template} others={others} />}
      {isArchived ? (
        <Button isBusy={isBusy("unarchive")} onClick={() => run("unarchive")}>
          <ArchiveRestore aria-hidden />
          Take out of the archive
        </Button>
      ) : null}
      {isArchived || isGone ? null : (
        <Confirm
          trigger={
            <Button isBusy={isBusy("archive")}>
              <Archive aria-hidden />
              Archive
            </Button>
          }
          title={`Archive ${template.name}?`}
          action="Archive it"
          keep="Keep it"
          tone="primary"
          onConfirm={() => run("archive")}
        >
          <p>
            It cannot be sent while it is in the archive. You can take it out again; what stays
            there for 28 days is deleted by Meta.
          </p>
        </Confirm>
      )}
      <Button asChild>
        <Link to="/templates/new" search={{ from: template.id }}>
          <Copy aria-hidden />
          Copy or translate
        </Link>
      </Button>
      {template.status === "PAUSED" ? (
        <Button isBusy={isBusy("unpause")} onClick={() => run("unpause")}>
          <Play aria-hidden />
          End the pause
        </Button>
      ) : null}
      {whyFixed(template) === null ? (
        <Button asChild variant="primary">
          <Link to="/templates/$id/edit" params={{ id: template.id }}>
            <Pencil aria-hidden />
            Change
          </Link>
        </Button>
      ) : null}
    </>
  );
}
