/** A task over the page: a sheet from below on phones, a dialog elsewhere. Escape leaves it. It is open while it is there. */
import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./button";

interface ModalProps {
  title: string;
  lead?: ReactNode;
  onClose: () => void;
  children: ReactNode;
}

export function Modal({ title, lead, onClose, children }: ModalProps) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/50" />
        <Dialog.Content
          data-slot="modal"
          {...(lead ? {} : { "aria-describedby": undefined })}
          className="sm:-translate-x-1/2 sm:-translate-y-1/2 fixed inset-x-0 bottom-0 z-50 flex max-h-[92dvh] flex-col rounded-t-card border bg-surface shadow-xl sm:inset-auto sm:top-1/2 sm:left-1/2 sm:max-h-[86dvh] sm:w-[calc(100vw-2rem)] sm:max-w-xl sm:rounded-card"
        >
          <div className="flex items-start justify-between gap-3 border-b px-4 py-3 sm:px-5">
            <div className="min-w-0">
              <Dialog.Title className="font-semibold text-lg">{title}</Dialog.Title>
              {lead ? <Dialog.Description className="text-muted">{lead}</Dialog.Description> : null}
            </div>
            <Dialog.Close asChild>
              <Button size="icon" variant="ghost" aria-label="Close">
                <X aria-hidden />
              </Button>
            </Dialog.Close>
          </div>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
